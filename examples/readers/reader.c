/* Print what pydist.json says of sdists, wheels and environments. See README.md.
 *
 * Needs libc, and the programs tar and unzip. Memory is not given back: the program
 * reads, prints and ends. */

#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = 16 * 1024 * 1024, MAX_DEPTH = 64 };
static const char DOCUMENT[] = "pydist.json";

static void fail(const char *reason) {
    fprintf(stderr, "reader: %s\n", reason);
    exit(1);
}

static void *allocate(size_t size) {
    void *memory = calloc(1, size + 1);
    if (!memory) fail("no memory");
    return memory;
}

static char *joined(const char *one, const char *between, const char *other) {
    char *made = allocate(strlen(one) + strlen(between) + strlen(other));
    return strcat(strcat(strcpy(made, one), between), other);
}

/* JSON: a value is kept as its own text; what is in it is found when it is asked for. */

static const char *after_space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

static const char *after_string(const char *at) {
    if (*at++ != '"') fail("a string was expected");
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) fail("a string does not end");
        if (*at == '\\' && *++at == '\0') fail("a string does not end");
    }
    return at + 1;
}

static const char *after_value(const char *at, int depth) {
    at = after_space(at);
    if (*at == '"') return after_string(at);
    if (*at == '{' || *at == '[') {
        char end = *at == '{' ? '}' : ']';
        if (depth == MAX_DEPTH) fail("it is nested too deeply");
        at = after_space(at + 1);
        if (*at == end) return at + 1;
        for (;;) {
            if (end == '}') {
                at = after_space(after_string(after_space(at)));
                if (*at++ != ':') fail("a colon was expected");
            }
            at = after_space(after_value(at, depth + 1));
            if (*at == end) return at + 1;
            if (*at++ != ',') fail("a comma was expected");
        }
    }
    size_t length = strspn(at, "+-.0123456789Eaeflnrstu"); /* numbers, true, false, null */
    if (length == 0) fail("a value was expected");
    return at + length;
}

/* Call visit with every key and value of an object, in the order of the text. */
typedef void visitor(void *with, const char *key, const char *value);

static void visit_object(const char *object, visitor *visit, void *with) {
    if (!object || *object != '{') return;
    const char *at = after_space(object + 1);
    while (*at == '"') {
        const char *key = at;
        const char *value = after_space(after_space(after_string(at)) + 1);
        visit(with, key, value);
        at = after_space(after_value(value, 0));
        if (*at == ',') at = after_space(at + 1);
    }
}

struct search {
    const char *key; /* as it is written, with its quotes */
    const char *found;
};

static void compare_key(void *with, const char *key, const char *value) {
    struct search *search = with;
    size_t length = (size_t)(after_string(key) - key);
    if (strlen(search->key) == length && strncmp(search->key, key, length) == 0)
        search->found = value;
}

static const char *member(const char *object, const char *quoted_key) {
    struct search search = {quoted_key, NULL};
    visit_object(object, compare_key, &search);
    return search.found;
}

static void print_value(const char *value, const char *otherwise) {
    if (!value) {
        fputs(otherwise, stdout);
        return;
    }
    const char *end = after_value(value, 0);
    int inside = 0; /* a string: only outside of one is space without meaning */
    for (; value < end; value++) {
        if (inside && *value == '\\') putchar(*value++);
        else if (*value == '"') inside = !inside;
        if (inside || !strchr(" \t\r\n", *value)) putchar(*value);
    }
}

/* Entry points: sorted by group and name, and printed. */

struct entry {
    const char *group, *name, *reference;
};

struct entries {
    struct entry list[4096];
    size_t count;
    const char *group;
};

static void add_entry(void *with, const char *name, const char *reference) {
    struct entries *entries = with;
    if (entries->count == 4096) fail("there are too many entry points");
    entries->list[entries->count++] = (struct entry){entries->group, name, reference};
}

static void add_group(void *with, const char *group, const char *names) {
    ((struct entries *)with)->group = group;
    visit_object(names, add_entry, with);
}

/* The closing quote sorts before letters, and shorter texts come first. */
static int compare_text(const char *one, const char *other) {
    size_t length = (size_t)(after_string(one) - one) - 1;
    size_t other_length = (size_t)(after_string(other) - other) - 1;
    int order = memcmp(one, other, length < other_length ? length : other_length);
    return order ? order : (length > other_length) - (length < other_length);
}

static int compare_entries(const void *one, const void *other) {
    const struct entry *left = one, *right = other;
    int order = compare_text(left->group, right->group);
    return order ? order : compare_text(left->name, right->name);
}

static void print_entry_points(const char *extensions) {
    struct entries *entries = allocate(sizeof *entries);
    const char *commands = member(extensions, "\"python.commands\"");
    const char *exports = member(extensions, "\"python.exports\"");
    add_group(entries, "\"console_scripts\"", member(commands, "\"wrap_console\""));
    add_group(entries, "\"gui_scripts\"", member(commands, "\"wrap_gui\""));
    visit_object(member(exports, "\"exports\""), add_group, entries);
    qsort(entries->list, entries->count, sizeof *entries->list, compare_entries);
    putchar('[');
    for (size_t i = 0; i < entries->count; i++) {
        printf("%s[", i ? "," : "");
        print_value(entries->list[i].group, "");
        putchar(',');
        print_value(entries->list[i].name, "");
        putchar(',');
        print_value(entries->list[i].reference, "");
        putchar(']');
    }
    putchar(']');
}

static void print_summary(const char *document) {
    if (strncmp(document, "\xef\xbb\xbf", 3) == 0) document += 3;
    document = after_space(document);
    if (*document != '{' || *after_space(after_value(document, 0)) != '\0')
        fail("it is not one JSON object");
    const char *extensions = member(document, "\"extensions\"");
    fputs("{\"name\":", stdout);
    print_value(member(document, "\"name\""), "null");
    fputs(",\"version\":", stdout);
    print_value(member(document, "\"version\""), "null");
    fputs(",\"requirements\":", stdout);
    print_value(member(document, "\"requires_dist\""), "[]");
    fputs(",\"entry_points\":", stdout);
    print_entry_points(extensions);
    fputs(",\"extensions\":", stdout);
    print_value(extensions, "{}");
    puts("}");
}

/* Where the document comes from. */

static char *read_all(FILE *stream) {
    char *content = allocate(LIMIT + 1);
    size_t size = fread(content, 1, LIMIT + 1, stream);
    if (size > LIMIT) fail("pydist.json is larger than 16 MiB");
    if (strlen(content) != size) fail("pydist.json holds a zero byte");
    return content;
}

/* The output of a program; NULL if there is none. No shell reads the file's name. */
static char *output_of(char *const words[]) {
    int ends[2];
    if (pipe(ends)) fail("no pipe");
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) fail("no process");
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        if (!freopen("/dev/null", "w", stderr)) _exit(127);
        close(ends[0]);
        execvp(words[0], words);
        _exit(127);
    }
    close(ends[1]);
    FILE *stream = fdopen(ends[0], "r");
    if (!stream) fail("no stream");
    char *content = read_all(stream);
    fclose(stream);
    waitpid(child, NULL, 0);
    return *content ? content : NULL;
}

static char *from_archive(const char *path) {
    const char *slash = strrchr(path, '/');
    char *stem = joined(slash ? slash + 1 : path, "", "");
    char *end = strstr(stem, ".tar.gz");
    char *file = joined(*path == '-' ? "./" : "", path, "");
    if (end) {
        *end = '\0';
        char *name = joined(stem, "/", DOCUMENT);
        return output_of((char *[]){"tar", "-xzOf", file, name, NULL});
    }
    char *dash = strchr(stem, '-');
    if (dash && (dash = strchr(dash + 1, '-'))) *dash = '\0';
    char *name = joined(stem, ".dist-info/", DOCUMENT);
    return output_of((char *[]){"unzip", "-p", file, name, NULL});
}

static void print_or_tell(const char *place, const char *document) {
    if (document) print_summary(document);
    else fprintf(stderr, "%s: no %s\n", place, DOCUMENT);
}

static void read_site(const char *site) {
    struct dirent **found;
    int count = scandir(site, &found, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = found[i]->d_name, *dot = strrchr(name, '.');
        if (!dot || strcmp(dot, ".dist-info") != 0) continue;
        char *info = joined(site, "/", name);
        FILE *stream = fopen(joined(info, "/", DOCUMENT), "r");
        print_or_tell(info, stream ? read_all(stream) : NULL);
        if (stream) fclose(stream);
    }
}

static void read_environment(const char *folder) {
    if (access(joined(folder, "/", "pyvenv.cfg"), F_OK) != 0) {
        read_site(folder);
        return;
    }
    char *library = joined(folder, "/", "lib");
    struct dirent **found;
    int count = scandir(library, &found, NULL, alphasort);
    for (int i = 0; i < count; i++)
        if (strncmp(found[i]->d_name, "python", 6) == 0)
            read_site(joined(joined(library, "/", found[i]->d_name), "/", "site-packages"));
}

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        struct stat status;
        if (stat(words[i], &status)) fail("there is no such file");
        if (S_ISDIR(status.st_mode)) read_environment(words[i]);
        else print_or_tell(words[i], from_archive(words[i]));
    }
    return 0;
}
