/* LD_PRELOAD: counts how often a process asks for its data to be on the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_long counted;

long counted_syncs(void) { return atomic_load(&counted); }

int fsync(int file)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    atomic_fetch_add(&counted, 1);
    return real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (!real) real = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    atomic_fetch_add(&counted, 1);
    return real(file);
}
