/* ask: the least that a program can do to ask a question over a Unix socket: nc -U, and no more of it.
 *
 * usage: ask SOCKET LINE
 *
 * Sends LINE and LF, copies the reply to standard output up to its LF, and ends.
 */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char bytes[65536];
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);
    if (argc != 3 || strlen(argv[1]) >= sizeof place.sun_path) {
        fprintf(stderr, "usage: ask SOCKET LINE\n");
        return 2;
    }
    strcpy(place.sun_path, argv[1]);
    int length = snprintf(bytes, sizeof bytes, "%s\n", argv[2]);
    if (peer < 0 || connect(peer, (struct sockaddr *)&place, sizeof place) != 0 ||
        write(peer, bytes, length) != length) {
        perror(argv[1]);
        return 1;
    }
    ssize_t got;
    while ((got = read(peer, bytes, sizeof bytes)) > 0) {
        if (write(STDOUT_FILENO, bytes, got) != got)
            return 1;
        if (memchr(bytes, '\n', got))
            return 0;
    }
    return 1;
}
