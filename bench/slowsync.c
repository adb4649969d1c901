/* LD_PRELOAD: makes every sync take SYNC_MICROSECONDS longer, as on a slower disk.
   SYNC_NEVER: none is done, for what is to be measured without the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_slowly(const char *name, int file)
{
    if (getenv("SYNC_NEVER")) return 0;
    const char *told = getenv("SYNC_MICROSECONDS");
    if (told) usleep((useconds_t) atoi(told));
    return ((int (*)(int)) dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file)
{
    return sync_slowly("fsync", file);
}

int fdatasync(int file)
{
    return sync_slowly("fdatasync", file);
}
