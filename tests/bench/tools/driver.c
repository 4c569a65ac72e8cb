/*
 * A client for measurements: one thread, epoll, keep-alive connections.
 *
 *   driver [-m MARK]... [-H HEADER]... PORT PATH BODY_FILE CONCURRENCY REQUESTS
 *
 * Sends REQUESTS posts over CONCURRENCY connections and checks each answer: status 200, the whole
 * body by its length or its chunks, and every MARK among its last kilobytes. Prints one line of JSON:
 * requests, failures, seconds, bytes, and quantiles in microseconds of the whole answer (`total_us`)
 * and of the first byte of its body (`first_us`). An answer that takes a minute ends the run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES 16384
#define KEPT 4096 /* of each answer, its last bytes */
#define MAX_MARKS 4
#define SILENCE_MS 60000

struct connection {
  int fd;
  long sent;
  char *head;
  long head_length;
  int has_head;
  char *tail; /* the last bytes of the body; room for two times KEPT */
  long tail_length;
  long left; /* bytes of the body to come; -1: chunked */
  int is_bad;
  double began_us, first_us;
};

static char *request;
static long request_length, total, begun, done, failed, received;
static double *totals, *firsts;
static int port, epoll_fd;
static const char *marks[MAX_MARKS];
static int mark_count;
static char headers[8192];

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void open_connection(struct connection *c) {
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
    perror("connect");
    exit(1);
  }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_more(struct connection *c) {
  while (c->sent < request_length) {
    long n = send(c->fd, request + c->sent, request_length - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) break;
    c->sent += n;
  }
  struct epoll_event event = {.data.ptr = c};
  event.events = c->sent < request_length ? EPOLLIN | EPOLLOUT : EPOLLIN;
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void begin(struct connection *c) {
  if (begun == total) return;
  begun++;
  c->sent = c->head_length = c->tail_length = c->has_head = c->is_bad = 0;
  c->first_us = 0;
  c->began_us = now_us();
  send_more(c);
}

static int has_marks(struct connection *c) {
  for (int i = 0; i < mark_count; i++)
    if (!memmem(c->tail, c->tail_length, marks[i], strlen(marks[i]))) return 0;
  return 1;
}

static void end(struct connection *c, int is_whole) {
  double now = now_us();
  if (!is_whole || c->is_bad || !has_marks(c)) failed++;
  totals[done] = now - c->began_us;
  firsts[done] = (c->first_us ? c->first_us : now) - c->began_us;
  done++;
  if (!is_whole) { /* what remains of it must not be taken for the next answer */
    close(c->fd);
    if (begun < total) open_connection(c);
  }
  begin(c);
}

/* Keeps the last bytes of a body, and counts. */
static void take_body(struct connection *c, const char *bytes, long length) {
  if (length == 0) return;
  if (c->first_us == 0) c->first_us = now_us();
  if (c->left >= 0) c->left -= length;
  if (length >= KEPT) {
    memcpy(c->tail, bytes + length - KEPT, KEPT);
    c->tail_length = KEPT;
    return;
  }
  if (c->tail_length + length > 2 * KEPT) {
    memmove(c->tail, c->tail + c->tail_length - KEPT, KEPT);
    c->tail_length = KEPT;
  }
  memcpy(c->tail + c->tail_length, bytes, length);
  c->tail_length += length;
}

/* Takes bytes of a head; returns how many were none any more, or -1 while it goes on. */
static long take_head(struct connection *c, const char *bytes, long length) {
  long before = c->head_length, room = HEAD_BYTES - before, taken = length < room ? length : room;
  memcpy(c->head + before, bytes, taken);
  c->head_length += taken;
  c->head[c->head_length] = 0;
  char *stop = strstr(c->head, "\r\n\r\n");
  if (!stop) return -1;
  c->has_head = 1;
  c->is_bad = strncmp(c->head, "HTTP/1.1 200", 12) != 0;
  char *field = strcasestr(c->head, "\r\ncontent-length:");
  c->left = field && field < stop ? atol(field + 17) : -1;
  return length - (stop + 4 - c->head - before);
}

static int is_whole(struct connection *c) {
  if (c->left >= 0) return c->left == 0;
  static const char LAST_CHUNK[] = "\r\n0\r\n\r\n";
  long length = sizeof LAST_CHUNK - 1;
  return c->tail_length >= length && !memcmp(c->tail + c->tail_length - length, LAST_CHUNK, length);
}

static void on_readable(struct connection *c) {
  static char bytes[262144];
  long n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return end(c, 0);
  received += n;
  long rest = c->has_head ? n : take_head(c, bytes, n);
  if (!c->has_head) {
    if (c->head_length == HEAD_BYTES) end(c, 0);
    return;
  }
  take_body(c, bytes + n - rest, rest);
  if (is_whole(c)) end(c, 1);
  else if (c->left < -1) end(c, 0);
}

static int ascending(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

static void print_quantiles(const char *name, double *values) {
  qsort(values, done, sizeof *values, ascending);
  printf(",\"%s\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name, values[done / 2],
         values[done * 9 / 10], values[done * 99 / 100], values[done > 0 ? done - 1 : 0]);
}

static char *read_file(const char *path, long *length) {
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  *length = ftell(file);
  rewind(file);
  char *text = malloc(*length + 1);
  if (fread(text, 1, *length, file) != (size_t)*length) exit(1);
  fclose(file);
  return text;
}

static void make_request(const char *path, const char *body_file) {
  long body_length;
  char *body = read_file(body_file, &body_length);
  request = malloc(body_length + sizeof headers + 4096);
  request_length = sprintf(request,
                           "POST %.2000s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: "
                           "application/json\r\ncontent-length: %ld\r\n%s\r\n",
                           path, port, body_length, headers);
  memcpy(request + request_length, body, body_length);
  request_length += body_length;
}

/* Reads the options; returns the index of the first word behind them. */
static int read_options(int argc, char **argv) {
  for (int option; (option = getopt(argc, argv, "m:H:")) != -1;) {
    if (option == 'm' && mark_count < MAX_MARKS) marks[mark_count++] = optarg;
    else if (option == 'H' && strlen(headers) + strlen(optarg) + 3 < sizeof headers)
      strcat(strcat(headers, optarg), "\r\n");
    else exit(2);
  }
  return optind;
}

static void run(struct connection *connections, int concurrency) {
  for (int i = 0; i < concurrency; i++) {
    connections[i].head = malloc(HEAD_BYTES + 1);
    connections[i].tail = malloc(2 * KEPT);
    open_connection(&connections[i]);
    begin(&connections[i]);
  }
  while (done < total) {
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, SILENCE_MS);
    if (n == 0) break;
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) send_more(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(c);
    }
  }
}

int main(int argc, char **argv) {
  int at = read_options(argc, argv);
  if (argc - at != 5)
    return fprintf(stderr, "usage: driver [-m MARK]... [-H HEADER]... PORT PATH BODY_FILE "
                           "CONCURRENCY REQUESTS\n"), 2;
  port = atoi(argv[at]);
  int concurrency = atoi(argv[at + 3]);
  total = atol(argv[at + 4]);
  if (concurrency > total) concurrency = total;
  if (concurrency < 1) return 2;
  make_request(argv[at + 1], argv[at + 2]);
  totals = calloc(total + 1, sizeof *totals);
  firsts = calloc(total + 1, sizeof *firsts);
  epoll_fd = epoll_create1(0);
  double began = now_us();
  run(calloc(concurrency, sizeof(struct connection)), concurrency);
  double seconds = (now_us() - began) / 1e6;
  printf("{\"requests\":%ld,\"failures\":%ld,\"seconds\":%.4f,\"bytes\":%ld", done,
         failed + total - done, seconds, received);
  print_quantiles("total_us", totals);
  print_quantiles("first_us", firsts);
  puts("}");
  return failed > 0 || done < total;
}
