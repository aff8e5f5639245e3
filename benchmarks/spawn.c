/* The limit: posix_spawn and wait for COUNT processes, WIDTH at a time. Usage: spawn COUNT WIDTH PROGRAM */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    int count = atoi(argv[1]), width = atoi(argv[2]), running = 0;
    char *command[] = {argv[3], NULL};
    for (int started = 0; started < count || running > 0;) {
        if (started < count && running < width) {
            pid_t child;
            if (posix_spawn(&child, argv[3], NULL, NULL, command, environ) != 0) return 1;
            started++, running++;
        } else if (wait(NULL) > 0) {
            running--;
        }
    }
    return 0;
}
