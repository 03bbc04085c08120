// libpq: a connection that never waits.  Source: the manual of PostgreSQL, chapter "libpq".

#include <libpq-fe.h>
#include <stddef.h>

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
