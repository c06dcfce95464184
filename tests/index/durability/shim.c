/* Preloaded into a test: counts the calls that change files below a folder and, at a given one,
   ends the process, tears the write, or says from there on that the disk is full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, DIE, TEAR, POWER, FULL };
#define PATHS 512
#define LENGTH 1024

static char below[LENGTH];
static long nth, seen;
static int mode;
/* Files with bytes that no fsync has asked for: a power cut may lose them. */
static char dirty[PATHS][LENGTH];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void shim_arm(const char *folder, long at, int how) {
    snprintf(below, sizeof below, "%s", folder);
    memset(dirty, 0, sizeof dirty);
    seen = 0, nth = at, mode = how;
}

long shim_seen(void) { return seen; }

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, LENGTH - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

static int inside(const char *path) {
    return *below && strncmp(path, below, strlen(below)) == 0;
}

static int full_path(int folder, const char *path, char *out) {
    if (!*below) return 0;
    if (*path == '/' || folder == AT_FDCWD) snprintf(out, LENGTH, "%s", path);
    else {
        char start[LENGTH];
        if (!path_of(folder, start)) return 0;
        snprintf(out, LENGTH, "%.500s/%.500s", start, path);
    }
    return inside(out);
}

static int of_fd(int fd, char *path) { return *below && path_of(fd, path) && inside(path); }

static void mark(const char *path, int is_dirty) {
    /* SQLite rewrites its files in place: what it lost of them cannot be played here. */
    if (strstr(path, ".sqlite")) return;
    int room = -1;
    for (int i = 0; i < PATHS; i++) {
        if (!strcmp(dirty[i], path)) {
            if (!is_dirty) dirty[i][0] = 0;
            return;
        }
        if (!dirty[i][0]) room = i;
    }
    if (is_dirty && room >= 0) snprintf(dirty[room], LENGTH, "%s", path);
}

static void moved(const char *from, const char *to) {
    mark(to, 0);
    for (int i = 0; i < PATHS; i++)
        if (!strcmp(dirty[i], from)) snprintf(dirty[i], LENGTH, "%s", to);
}

static void die(void) {
    if (mode == POWER)
        for (int i = 0; i < PATHS; i++)
            if (dirty[i][0]) syscall(SYS_truncate, dirty[i], 0L);
    syscall(SYS_exit_group, 99);
}

/* Whether this call is the one; it does not come back where the process is to end at once. */
static int struck(void) {
    long at = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    if (mode == FULL) return at >= nth;
    if (mode == COUNT || at != nth) return 0;
    if (mode != TEAR) die();
    return 1;
}

static int no_space(void) {
    errno = ENOSPC;
    return -1;
}

#define WRITES(name, type, declared, passed, torn)                                                \
    type name declared {                                                                           \
        char path[LENGTH];                                                                         \
        if (of_fd(fd, path)) {                                                                     \
            if (struck()) {                                                                        \
                if (mode == FULL) return no_space();                                               \
                REAL(name) torn;                                                                   \
                die();                                                                             \
            }                                                                                      \
            mark(path, 1);                                                                         \
        }                                                                                          \
        return REAL(name) passed;                                                                  \
    }

WRITES(write, ssize_t, (int fd, const void *data, size_t n), (fd, data, n), (fd, data, n / 2))
WRITES(pwrite, ssize_t, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at),
       (fd, data, n / 2, at))
WRITES(pwrite64, ssize_t, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at),
       (fd, data, n / 2, at))
WRITES(writev, ssize_t, (int fd, const struct iovec *parts, int n), (fd, parts, n),
       (fd, parts, n / 2))
WRITES(posix_fallocate, int, (int fd, off_t at, off_t n), (fd, at, n), (fd, at, n))
WRITES(ftruncate, int, (int fd, off_t n), (fd, n), (fd, n))
WRITES(ftruncate64, int, (int fd, off64_t n), (fd, n), (fd, n))

size_t fwrite(const void *data, size_t size, size_t n, FILE *file) {
    char path[LENGTH];
    if (of_fd(fileno(file), path)) {
        if (struck()) {
            if (mode == FULL) return no_space(), 0;
            REAL(fwrite)(data, size, n / 2, file);
            REAL(fflush)(file);
            die();
        }
        mark(path, 1);
    }
    return REAL(fwrite)(data, size, n, file);
}

#define CLOSES(name, type, declared, passed, number)                                               \
    type name declared {                                                                           \
        char path[LENGTH];                                                                         \
        if (of_fd(number, path) && struck() && mode == TEAR) die();                                \
        return REAL(name) passed;                                                                  \
    }

CLOSES(fclose, int, (FILE *file), (file), fileno(file))

#define SYNCS(name)                                                                                \
    int name(int fd) {                                                                             \
        char path[LENGTH];                                                                         \
        if (of_fd(fd, path)) {                                                                     \
            if (struck() && mode == TEAR) die();                                                   \
            mark(path, 0);                                                                         \
        }                                                                                          \
        return REAL(name)(fd);                                                                     \
    }

SYNCS(fsync)
SYNCS(fdatasync)

/* Calls that do one thing whole: ended before it, or after it where writes are torn. */
#define WHOLE(call, after)                                                                         \
    if (struck()) {                                                                                \
        if (mode == FULL) return no_space();                                                       \
        (void)!call;                                                                               \
        die();                                                                                     \
    }                                                                                              \
    after;                                                                                         \
    return call;

int rename(const char *from, const char *to) {
    if (inside(to)) {
        WHOLE(REAL(rename)(from, to), moved(from, to))
    }
    return REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t how) {
    if (inside(path)) {
        WHOLE(REAL(mkdir)(path, how), )
    }
    return REAL(mkdir)(path, how);
}

int link(const char *from, const char *to) {
    if (inside(to)) {
        WHOLE(REAL(link)(from, to), )
    }
    return REAL(link)(from, to);
}

/* Removing needs no space. */
#define GOES(call, path)                                                                           \
    if (struck() && mode == TEAR) {                                                                \
        (void)!call;                                                                               \
        die();                                                                                     \
    }                                                                                              \
    mark(path, 0);                                                                                 \
    return call;

int unlink(const char *path) {
    if (inside(path)) {
        GOES(REAL(unlink)(path), path)
    }
    return REAL(unlink)(path);
}

int rmdir(const char *path) {
    if (inside(path)) {
        GOES(REAL(rmdir)(path), path)
    }
    return REAL(rmdir)(path);
}

int unlinkat(int folder, const char *name, int flags) {
    char path[LENGTH];
    if (full_path(folder, name, path)) {
        GOES(REAL(unlinkat)(folder, name, flags), path)
    }
    return REAL(unlinkat)(folder, name, flags);
}

#define OPENS(name)                                                                                \
    int name(const char *path, int flags, ...) {                                                   \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode_t how = va_arg(rest, mode_t);                                                         \
        va_end(rest);                                                                              \
        if ((flags & (O_CREAT | O_TRUNC)) && inside(path)) {                                       \
            WHOLE(REAL(name)(path, flags, how), if (flags & O_TRUNC) mark(path, 1))                \
        }                                                                                          \
        return REAL(name)(path, flags, how);                                                       \
    }

OPENS(open)
OPENS(open64)

#define FOPENS(name)                                                                               \
    FILE *name(const char *path, const char *how) {                                                \
        if (*how != 'r' && inside(path)) {                                                         \
            if (struck()) {                                                                        \
                if (mode == FULL) return no_space(), NULL;                                         \
                (void)!REAL(name)(path, how);                                                      \
                die();                                                                             \
            }                                                                                      \
            mark(path, 1);                                                                         \
        }                                                                                          \
        return REAL(name)(path, how);                                                              \
    }

FOPENS(fopen)
FOPENS(fopen64)
