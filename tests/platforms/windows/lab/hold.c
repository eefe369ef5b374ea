/* Keeps the file in its first argument open, shared with nobody, while the file in its
   second one is there. */

#include <windows.h>

int wmain(int count, wchar_t **words)
{
    HANDLE file = CreateFileW(words[1], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (count < 3 || file == INVALID_HANDLE_VALUE)
        return 1;
    DeleteFileW(words[2]);
    while (GetFileAttributesW(words[2]) == INVALID_FILE_ATTRIBUTES)
        Sleep(20);
    CloseHandle(file);
    return 0;
}
