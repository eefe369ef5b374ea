/* A python.exe for tests: hands its arguments to the Python of this machine, waits for
   it, and ends with its output and exit code. Wine starts native programs but does not
   wait for them, so the two talk by files in the folder "calls" beside this program:
   N.args (UTF-8, one argument after the other, each ended by a zero byte), N.out,
   N.err, and N.code, which appears last. */

#include <stdio.h>
#include <wchar.h>
#include <windows.h>
#include <shellapi.h>

static wchar_t folder[MAX_PATH];

static void place(wchar_t *path, unsigned long number, const wchar_t *suffix)
{
    swprintf(path, MAX_PATH, L"%ls\\calls\\%lu.%ls", folder, number, suffix);
}

static void copy(unsigned long number, const wchar_t *suffix, DWORD which)
{
    wchar_t path[MAX_PATH];
    char block[4096];
    DWORD count, written;
    HANDLE file, target = GetStdHandle(which);
    place(path, number, suffix);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    while (ReadFile(file, block, sizeof block, &count, NULL) && count)
        WriteFile(target, block, count, &written, NULL);
    CloseHandle(file);
}

int main(void)
{
    wchar_t path[MAX_PATH], line[MAX_PATH * 2];
    char text[32768], code[16] = "";
    unsigned long number = GetCurrentProcessId();
    int count, at, tries;
    DWORD length = 0;
    FILE *file;
    STARTUPINFOW start = { sizeof start };
    PROCESS_INFORMATION made;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);

    GetModuleFileNameW(NULL, folder, MAX_PATH);
    *wcsrchr(folder, L'\\') = 0;
    /* Numbers of processes come back: what an earlier one said is not our answer. */
    place(path, number, L"code");
    DeleteFileW(path);
    place(path, number, L"args");
    file = _wfopen(path, L"wb");
    if (!file)
        return 120;
    for (at = 1; at < count; at++) {
        length = WideCharToMultiByte(CP_UTF8, 0, words[at], -1, text, sizeof text, 0, 0);
        fwrite(text, 1, length, file);
    }
    fclose(file);
    swprintf(path, MAX_PATH, L"%ls\\native.exe", folder);
    swprintf(line, MAX_PATH * 2, L"native.exe %lu", number);
    if (!CreateProcessW(path, line, NULL, NULL, FALSE, 0, NULL, folder, &start, &made))
        return 121;
    place(path, number, L"code");
    for (tries = 0; tries < 3000; tries++) {
        Sleep(20);
        file = _wfopen(path, L"rb");
        if (file) {
            fgets(code, sizeof code, file);
            fclose(file);
            copy(number, L"out", STD_OUTPUT_HANDLE);
            copy(number, L"err", STD_ERROR_HANDLE);
            return atoi(code);
        }
    }
    return 122;
}
