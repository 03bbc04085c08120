// libcurl, and its variadic calls with the types that they take: Swift cannot call those.
// Source: libcurl-multi(3), curl_easy_setopt(3).

#include <curl/curl.h>
#include <string.h>

typedef size_t (*ccurl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_debug)(CURL *easy, curl_infotype kind, char *bytes, size_t count, void *context);
typedef int (*ccurl_socket)(CURL *easy, curl_socket_t socket, int what, void *context, void *own);
typedef int (*ccurl_timer)(CURLM *multi, long milliseconds, void *context);

static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *text)
{
    return curl_easy_setopt(easy, option, text);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *pointer)
{
    return curl_easy_setopt(easy, option, pointer);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *list)
{
    return curl_easy_setopt(easy, option, list);
}

static inline CURLcode ccurl_set_transfer(CURL *easy, CURLoption option, ccurl_transfer function)
{
    return curl_easy_setopt(easy, option, function);
}

static inline CURLcode ccurl_set_debug(CURL *easy, ccurl_debug function)
{
    return curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, function);
}

// A resolver that hangs must not be waited for; older versions know no such thing.
static inline void ccurl_set_quick_exit(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
#endif
}

// Only these schemes, such as "https".
static inline CURLcode ccurl_set_protocols(CURL *easy, const char *schemes)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
}

// A recipient that is refused does not lose the others.
static inline CURLcode ccurl_allow_refused_recipients(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

static inline long ccurl_response_code(CURL *easy)
{
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

// Microseconds.
static inline long long ccurl_time(CURL *easy, CURLINFO info)
{
    curl_off_t time = 0;
    curl_easy_getinfo(easy, info, &time);
    return time;
}

static inline long ccurl_os_errno(CURL *easy)
{
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &code);
    return code;
}

// 0: it has not connected.
static inline long ccurl_local_port(CURL *easy)
{
    long port = 0;
    curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
    return port;
}

// Where the answer leads; NULL: nowhere.
static inline const char *ccurl_redirect_url(CURL *easy)
{
    char *url = NULL;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url);
    return url;
}

// When the server's own certificate ends, in words; NULL: it showed none.
static inline const char *ccurl_certificate_end(CURL *easy)
{
    static const char name[] = "Expire date:";
    struct curl_certinfo *chain = NULL;
    struct curl_slist *line;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1)
        return NULL;
    for (line = chain->certinfo[0]; line; line = line->next)
        if (!strncmp(line->data, name, sizeof name - 1))
            return line->data + sizeof name - 1;
    return NULL;
}

static inline CURLMcode ccurl_multi_set_socket(CURLM *multi, ccurl_socket function, void *context)
{
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}

static inline CURLMcode ccurl_multi_set_timer(CURLM *multi, ccurl_timer function, void *context)
{
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}

// The next transfer that has ended, and how; NULL: none.
static inline CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *code)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}
