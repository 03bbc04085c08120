// libpq: a connection that never waits.  Source: the manual of PostgreSQL, chapter "libpq".

#include <libpq-fe.h>
#include <stddef.h>
#include <sys/ioctl.h>

// Begins to connect to an address; what is NULL is left out.  No name is looked up, and Kerberos, which
// would ask servers of its own, is not used.
static inline PGconn *cpostgres_start(const char *host, const char *address, const char *port, const char *database,
                                      const char *user, const char *password)
{
    const char *names[] = {"host", "hostaddr", "port", "dbname", "user", "password", "gssencmode",
                           "application_name", NULL};
    const char *values[] = {host, address, port, database, user, password, "disable", "opscheck", NULL};
    return PQconnectStartParams(names, values, 0);
}

// What the server tells besides its answers is of no use to anybody here: by default libpq prints it.
static inline void cpostgres_ignore_notice(void *unused, const PGresult *notice)
{
    (void)unused;
    (void)notice;
}

static inline void cpostgres_silence(PGconn *connection)
{
    PQsetNoticeReceiver(connection, cpostgres_ignore_notice, NULL);
}

// The bytes that the socket has for libpq; 0: none, or not known.
static inline int cpostgres_waiting(const PGconn *connection)
{
    int bytes = 0;
    int socket = PQsocket(connection);
    return socket >= 0 && ioctl(socket, FIONREAD, &bytes) == 0 ? bytes : 0;
}
