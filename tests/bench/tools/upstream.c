/*
 * A Chat Completions upstream for measurements: one thread, epoll, canned answers.
 *
 * It must never be what limits a measurement, so it reads no more of a request than its length,
 * and writes answers that were made before the first request came.
 *
 *   upstream CHUNKS PACE_MS
 *
 * A request whose body asks for a stream (it holds `"stream":true`) gets CHUNKS events and `[DONE]`,
 * one each PACE_MS milliseconds; with 0, all events in as few writes as the socket takes. Any other
 * request gets a JSON answer of about one kilobyte. Listens on a free port of the loopback, and says
 * `ready PORT`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 8192
#define HEAD_BYTES 65536
#define READ_BYTES 32768
#define MAX_CHUNKS 99999

struct connection {
  int fd;
  char *head;          /* what came so far of a head; its beginning is enough to know the request */
  int head_length;
  long body_left;      /* bytes of the body still to come; -1 while the head is not complete */
  int is_chunked;      /* the body ends with the empty chunk, however long it is */
  int is_stream;
  int matched;         /* how much of STREAM_MARK the last bytes of the body matched */
  int chunk;           /* the next event to write; -1 while no answer is under way */
  double due_ms;       /* when the next event is due */
  const char *out;     /* bytes of an answer that the socket did not take yet */
  long out_left;
};

static const char STREAM_MARK[] = "\"stream\":true";
static struct connection connections[MAX_CONNECTIONS];
static int paced[MAX_CONNECTIONS], paced_count;
static int epoll_fd, chunk_count, pace_ms;
static char json_answer[4096], *burst, *event_of_index[MAX_CHUNKS + 1];
static long json_length, burst_length;

static const char SSE_HEAD[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* One event, as one chunk of the chunked encoding. */
static char *chunked(const char *data) {
  char *line;
  int length = snprintf(NULL, 0, "data: %s\n\n", data);
  if (asprintf(&line, "%x\r\ndata: %s\n\n\r\n", length, data) < 0) exit(1);
  return line;
}

/* The first event has the role, the last one the reason and the usage, those between a word each. */
static char *make_event(int index) {
  char delta[64] = "", rest[128] = "null}]", data[512];
  if (index == 0) strcpy(delta, "\"role\":\"assistant\",\"content\":\"\"");
  else if (index < chunk_count - 1) snprintf(delta, sizeof delta, "\"content\":\" word%d\"", index);
  else snprintf(rest, sizeof rest,
                "\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":%d,"
                "\"total_tokens\":%d}",
                chunk_count, chunk_count + 9);
  snprintf(data, sizeof data,
           "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
           "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{%s},\"finish_reason\":%s}",
           delta, rest);
  return chunked(data);
}

static void make_stream(void) {
  for (int i = 0; i < chunk_count; i++) event_of_index[i] = make_event(i);
  char *last;
  if (asprintf(&last, "%s0\r\n\r\n", chunked("[DONE]")) < 0) exit(1);
  event_of_index[chunk_count] = last;
  burst_length = strlen(SSE_HEAD);
  for (int i = 0; i <= chunk_count; i++) burst_length += strlen(event_of_index[i]);
  burst = malloc(burst_length + 1);
  char *end = stpcpy(burst, SSE_HEAD);
  for (int i = 0; i <= chunk_count; i++) end = stpcpy(end, event_of_index[i]);
}

static void make_json(void) {
  char text[701], body[2048];
  memset(text, 'w', 700);
  text[700] = 0;
  int length = snprintf(
      body, sizeof body,
      "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,"
      "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
      "\"content\":\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
      "\"completion_tokens\":12,\"total_tokens\":21}}",
      text);
  json_length = snprintf(json_answer, sizeof json_answer,
                         "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                         "content-length: %d\r\n\r\n%s",
                         length, body);
}

static void add(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void watch(struct connection *c, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = c->fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void drop(struct connection *c) {
  for (int i = 0; i < paced_count; i++)
    if (paced[i] == c->fd) paced[i--] = paced[--paced_count];
  close(c->fd);
  free(c->head);
  memset(c, 0, sizeof *c);
}

/* Writes; what the socket does not take waits for it. Returns -1 when the connection is gone. */
static int put(struct connection *c, const char *bytes, long length) {
  long n = write(c->fd, bytes, length);
  if (n < 0 && errno != EAGAIN) return drop(c), -1;
  if (n < 0) n = 0;
  if (n < length) {
    c->out = bytes + n;
    c->out_left = length - n;
    watch(c, EPOLLIN | EPOLLOUT);
  }
  return 0;
}

static void expect_next(struct connection *c) {
  c->head_length = 0;
  c->body_left = -1;
  c->is_stream = c->is_chunked = c->matched = 0;
  c->chunk = -1;
}

static void answer(struct connection *c) {
  if (!c->is_stream) {
    if (put(c, json_answer, json_length)) return;
  } else if (pace_ms == 0) {
    if (put(c, burst, burst_length)) return;
  } else {
    if (put(c, SSE_HEAD, sizeof SSE_HEAD - 1)) return;
    c->chunk = 0;
    c->due_ms = now_ms() + pace_ms;
    paced[paced_count++] = c->fd;
    return;
  }
  expect_next(c);
}

static void scan_body(struct connection *c, const char *bytes, long length) {
  if (c->is_stream) return;
  for (long i = 0; i < length; i++) {
    c->matched = bytes[i] == STREAM_MARK[c->matched] ? c->matched + 1 : bytes[i] == '"';
    if (STREAM_MARK[c->matched] == 0) {
      c->is_stream = 1;
      return;
    }
  }
}

static void take_body(struct connection *c, const char *bytes, long length) {
  /* The mark stands in the first or the last kilobyte of any request that is measured. */
  scan_body(c, bytes, length > 2048 ? 1024 : length);
  if (length > 2048) scan_body(c, bytes + length - 1024, 1024);
  c->body_left -= length;
  if (c->is_chunked && length >= 5 && !memcmp(bytes + length - 5, "0\r\n\r\n", 5)) c->body_left = 0;
  if (c->body_left <= 0) answer(c);
}

/* Takes bytes of a request; the next request does not come before this one was answered. */
static void take(struct connection *c, const char *bytes, long length) {
  if (c->body_left >= 0) return take_body(c, bytes, length);
  if (c->head_length + length > HEAD_BYTES) return drop(c);
  memcpy(c->head + c->head_length, bytes, length);
  c->head_length += length;
  c->head[c->head_length] = 0;
  char *end = strstr(c->head, "\r\n\r\n");
  if (!end) return;
  end += 4;
  char *field = strcasestr(c->head, "\r\ncontent-length:");
  char *coding = strcasestr(c->head, "\r\ntransfer-encoding: chunked");
  c->is_chunked = coding && coding < end;
  c->body_left = c->is_chunked ? LONG_MAX : field && field < end ? atol(field + 17) : 0;
  take_body(c, end, c->head + c->head_length - end);
}

static void on_readable(struct connection *c) {
  static char bytes[READ_BYTES];
  long n = read(c->fd, bytes, sizeof bytes);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return drop(c);
  take(c, bytes, n);
}

static void on_writable(struct connection *c) {
  const char *out = c->out;
  long left = c->out_left;
  c->out_left = 0;
  watch(c, EPOLLIN);
  put(c, out, left);
}

static void on_tick(void) {
  double now = now_ms();
  for (int i = 0; i < paced_count; i++) {
    struct connection *c = &connections[paced[i]];
    if (c->due_ms > now || c->out_left > 0) continue;
    const char *event = event_of_index[c->chunk];
    int is_last = c->chunk == chunk_count;
    if (is_last) paced[i--] = paced[--paced_count];
    if (put(c, event, strlen(event))) continue;
    c->chunk++;
    c->due_ms += pace_ms;
    if (is_last) expect_next(c);
  }
}

static void on_connection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), one = 1;
  if (fd < 0) return;
  if (fd >= MAX_CONNECTIONS) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct connection *c = &connections[fd];
  memset(c, 0, sizeof *c);
  c->fd = fd;
  c->head = malloc(HEAD_BYTES + 1);
  expect_next(c);
  add(fd);
}

static void on_event(struct connection *c, int fd, unsigned events) {
  if (c->fd == fd && (events & EPOLLOUT) && c->out_left > 0) on_writable(c);
  if (c->fd == fd && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) on_readable(c);
}

static int listen_on_loopback(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 4096) ||
      getsockname(listener, (struct sockaddr *)&address, &length)) {
    perror("listen");
    exit(1);
  }
  printf("ready %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: upstream CHUNKS PACE_MS\n"), 2;
  chunk_count = atoi(argv[1]);
  pace_ms = atoi(argv[2]);
  if (chunk_count < 2 || chunk_count > MAX_CHUNKS)
    return fprintf(stderr, "CHUNKS: expected 2 to %d\n", MAX_CHUNKS), 2;
  make_stream();
  make_json();
  epoll_fd = epoll_create1(0);
  int listener = listen_on_loopback(), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  add(listener);
  if (pace_ms > 0) {
    struct itimerspec each_ms = {.it_interval.tv_nsec = 1000000, .it_value.tv_nsec = 1000000};
    timerfd_settime(timer, 0, &each_ms, NULL);
    add(timer);
  }
  for (;;) {
    struct epoll_event events[512];
    int n = epoll_wait(epoll_fd, events, 512, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      unsigned long ticks;
      if (fd == listener) on_connection(fd);
      else if (fd == timer && read(timer, &ticks, sizeof ticks) > 0) on_tick();
      else if (fd != timer) on_event(&connections[fd], fd, events[i].events);
    }
  }
}
