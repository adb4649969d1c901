/* LD_PRELOAD: makes every sync take SYNC_MICROSECONDS longer, as on a slower disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_longer(void)
{
    const char *told = getenv("SYNC_MICROSECONDS");
    if (told) usleep((useconds_t) atoi(told));
}

int fsync(int file)
{
    wait_longer();
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file)
{
    wait_longer();
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(file);
}
