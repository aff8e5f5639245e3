/* A service that takes all tasks, keeps none and looks at nothing: what is left of the time is the client's.

   null_service [LATENCY_MS [LISTED [ADDED]]]    prints its port; ends when its standard input does

   It answers just what a client asks that adds tasks to a job, arms it and lists it. LATENCY_MS: each answer waits so
   long. LISTED: how many tasks, t-0 and so on, have completed once as many have been added; the first 100 of them have
   changed, to whoever asks since when. ADDED: how many it holds from the start.
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHANGED 100
#define PAGE 1000

typedef struct { char *at; size_t used, room; } Text;

static struct timespec latency;
static long listed;
static int port;
static atomic_long added;
static atomic_int pool_there, job_there, armed;

static void need(Text *text, size_t more) {
    if (text->used + more > text->room) {
        text->room = (text->used + more) * 2;
        text->at = realloc(text->at, text->room);
        if (!text->at) abort();
    }
}

static void put(Text *text, const char *form, ...) {
    va_list values;
    need(text, 1024);
    va_start(values, form);
    text->used += vsnprintf(text->at + text->used, 1024, form, values);
    va_end(values);
}

/* A success for each object in the array of the body's only member; its "id" is the task's. */
static void take(Text *out, const char *body, const char *end) {
    int depth = 0, count = 0;
    put(out, "{\"odata.metadata\":\"http://127.0.0.1/$metadata#taskaddresult\",\"value\":[");
    for (const char *at = body; at < end; at++) {
        if (*at == '{' || *at == '[') depth++;
        else if (*at == '}' || *at == ']') depth--;
        else if (*at == '"') {
            const char *word = ++at;
            while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
            if (depth == 3 && at - word == 2 && !memcmp(word, "id", 2)) {
                for (at++; at < end && *at != '"'; at++) {}
                const char *id = ++at;
                while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
                put(out, "%s{\"status\":\"Success\",\"taskId\":\"%.*s\",\"eTag\":\"0x8DB4C5B5A4C6E4D\","
                         "\"lastModified\":\"2026-11-22T12:00:00.1234567Z\","
                         "\"location\":\"http://127.0.0.1/jobs/j/tasks/%.*s\"}",
                    count++ ? "," : "", (int)(at - id), id, (int)(at - id), id);
            }
        }
    }
    put(out, "]}");
    added += count;
}

/* A page of tasks from `first` on. */
static void list(Text *out, const char *target) {
    const char *token = strstr(target, "skiptoken="), *query = strchr(target, '?');
    int full = strstr(target, "executionInfo") != NULL;
    long all = strstr(target, "stateTransitionTime%20ge") ? (listed < CHANGED ? listed : CHANGED) : listed;
    long first = token ? atol(token + 10) : 0, last = first + PAGE < all ? first + PAGE : all;
    put(out, "{\"odata.metadata\":\"http://127.0.0.1/$metadata#tasks\",\"value\":[");
    for (long at = first; at < last; at++) {
        put(out, "%s{\"id\":\"t-%ld\",\"state\":\"completed\"", at > first ? "," : "", at);
        if (full)
            put(out, ",\"stateTransitionTime\":\"2026-11-22T12:00:00.%06ldZ\",\"executionInfo\":{"
                     "\"startTime\":\"2026-11-22T12:00:00.1234567Z\",\"endTime\":\"2026-11-22T12:00:01.1234567Z\","
                     "\"exitCode\":0,\"result\":\"Success\",\"retryCount\":0,\"requeueCount\":0},"
                     "\"nodeInfo\":{\"poolId\":\"p\",\"nodeId\":\"tvm-%ld\",\"taskRootDirectory\":\"workitems/j\"}",
                at % 1000000, at % 100);
        put(out, "}");
    }
    put(out, "]");
    if (last < all) {
        const char *old = strstr(query ? query : "?", "&skiptoken=");
        int length = query ? (int)(old ? old - query : (long)strlen(query)) : 0;
        put(out, ",\"odata.nextLink\":\"http://127.0.0.1:%d/jobs/j/tasks%.*s&skiptoken=%ld\"", port, length, query, last);
    }
    put(out, "}");
}

static int answer(Text *out, const char *method, const char *target, const char *body, const char *end) {
    size_t path = strcspn(target, "?");
    int is_tasks = path > 6 && !strncmp(target + path - 6, "/tasks", 6);
    if (!strcmp(method, "POST") && strstr(target, "/addtaskcollection")) return take(out, body, end), 200;
    if (!strcmp(method, "POST") && !strncmp(target, "/pools?", 7)) { pool_there = 1; return 201; }
    if (!strcmp(method, "POST") && !strncmp(target, "/jobs?", 6)) { job_there = 1; return 201; }
    if (!strcmp(method, "PATCH") && memmem(body, end - body, "onAllTasksComplete", 18)) { armed = 1; return 200; }
    if (strcmp(method, "GET")) return 200;
    if (strstr(target, "/taskcounts")) {
        long all = atomic_load(&added), done = all >= listed ? listed : 0;
        put(out, "{\"taskCounts\":{\"active\":%ld,\"running\":0,\"completed\":%ld,\"succeeded\":%ld,\"failed\":0},"
                 "\"taskSlotCounts\":{\"active\":0,\"running\":0,\"completed\":0,\"succeeded\":0,\"failed\":0}}",
            all - done, done, done);
        return 200;
    }
    if (is_tasks) return list(out, target), 200;
    if (!strncmp(target, "/pools/", 7) && pool_there) {
        put(out, "{\"id\":\"p\",\"state\":\"active\",\"allocationState\":\"steady\",\"eTag\":\"1\"}");
        return 200;
    }
    if (!strncmp(target, "/jobs/", 6) && job_there) {
        put(out, "{\"id\":\"j\",\"state\":\"active\",\"eTag\":\"1\",\"poolInfo\":{\"poolId\":\"p\"},"
                 "\"onAllTasksComplete\":\"%s\"}", armed ? "terminatejob" : "noaction");
        return 200;
    }
    if (!strncmp(target, "/pools?", 7) || !strncmp(target, "/jobs?", 6)) return put(out, "{\"value\":[]}"), 200;
    put(out, "{\"code\":\"%s\",\"message\":{\"lang\":\"en-US\",\"value\":\"It is not there.\"}}",
        strncmp(target, "/pools", 6) ? "JobNotFound" : "PoolNotFound");
    return 404;
}

static int sent(int peer, const char *at, size_t left) {
    while (left) {
        ssize_t done = write(peer, at, left);
        if (done <= 0) return 0;
        at += done, left -= (size_t)done;
    }
    return 1;
}

static void *serve(void *given) {
    int peer = (int)(long)given;
    Text in = {0}, out = {0}, whole = {0};
    for (;;) {
        char *head_end = NULL;
        size_t size = 0;
        while (!head_end || (size_t)(in.at + in.used - head_end) < size + 4) {
            need(&in, 1 << 16);
            ssize_t got = read(peer, in.at + in.used, (1 << 16) - 1);
            if (got <= 0) goto end;
            in.used += (size_t)got;
            in.at[in.used] = 0;
            head_end = memmem(in.at, in.used, "\r\n\r\n", 4);
            if (head_end) {
                const char *length = strcasestr(in.at, "\r\ncontent-length:");
                size = length && length < head_end ? strtoul(length + 17, NULL, 10) : 0;
            }
        }
        char method[16], target[4096], *body = head_end + 4;
        if (sscanf(in.at, "%15s %4095s", method, target) != 2) break;
        out.used = whole.used = 0;
        int status = answer(&out, method, target, body, body + size);
        put(&whole, "HTTP/1.1 %d X\r\nContent-Type: application/json; odata=minimalmetadata\r\nETag: \"1\"\r\n"
                    "Content-Length: %zu\r\n\r\n", status, out.used);
        need(&whole, out.used);
        memcpy(whole.at + whole.used, out.at, out.used);
        whole.used += out.used;
        if (latency.tv_sec || latency.tv_nsec) nanosleep(&latency, NULL);
        if (!sent(peer, whole.at, whole.used)) break;
        size_t rest = (size_t)(in.at + in.used - (body + size));  // of the next request: clients do not pipeline
        memmove(in.at, body + size, rest);
        in.used = rest;
    }
end:
    free(in.at), free(out.at), free(whole.at);
    close(peer);
    return NULL;
}

static void *until_told(void *given) {
    char byte;
    while (read(0, &byte, 1) > 0) {}
    exit(0);
    return given;
}

int main(int count, char **words) {
    long wait = count > 1 ? atol(words[1]) : 0;
    latency.tv_sec = wait / 1000, latency.tv_nsec = wait % 1000 * 1000000;
    listed = count > 2 ? atol(words[2]) : 0;
    added = count > 3 ? atol(words[3]) : 0;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int door = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (bind(door, (struct sockaddr *)&here, size) || listen(door, 128)) return perror("null_service"), 1;
    getsockname(door, (struct sockaddr *)&here, &size);
    port = ntohs(here.sin_port);
    printf("%d\n", port), fflush(stdout);
    pthread_t thread;
    pthread_create(&thread, NULL, until_told, NULL), pthread_detach(thread);
    for (;;) {
        int peer = accept(door, NULL, NULL);
        if (peer < 0) continue;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_create(&thread, NULL, serve, (void *)(long)peer), pthread_detach(thread);
    }
}
