/*
 * Measures how long a program takes to begin.
 *
 *   starter PORT IDLE_MS BODY_FILE PROGRAM ARGUMENT...
 *
 * Starts the program and posts BODY_FILE to `/v1/chat/completions` on PORT as soon as it listens.
 * Prints the microseconds from before the start until the last byte of an answer with status 200,
 * and the resident memory in KiB IDLE_MS later: `{"us":…,"rss_kib":…}`. With port 0 nothing is asked,
 * and the time is that until the program's own end. Its output goes nowhere, and it is ended by
 * SIGTERM.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_US 30e6
#define BETWEEN_LOOKS_US 100
#define GRACE_US 5e6

static int has_ended; /* after that, its number may be somebody else's */

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static pid_t start(char **program) {
  pid_t child = fork();
  if (child != 0) return child;
  int nowhere = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(nowhere, fd);
  execvp(program[0], program);
  _exit(127);
}

/* A connection, as soon as somebody listens; -1 when the program ended before. */
static int connect_to(int port, pid_t child, double until_us) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  while (now_us() < until_us && !(has_ended = waitpid(child, NULL, WNOHANG) != 0)) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    usleep(BETWEEN_LOOKS_US);
  }
  return -1;
}

static long make_request(char *request, long room, const char *body_file) {
  char body[8192];
  FILE *file = fopen(body_file, "r");
  long length = file ? fread(body, 1, sizeof body - 1, file) : 0;
  if (file) fclose(file);
  body[length] = 0;
  return snprintf(request, room,
                  "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: "
                  "application/json\r\nconnection: close\r\ncontent-length: %ld\r\n\r\n%s",
                  length, body);
}

/* Whether an answer came, whole and with status 200. */
static int ask(int fd, const char *request, long length) {
  static char answer[65536];
  long got = 0, n;
  struct timeval patience = {.tv_sec = 30};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (send(fd, request, length, MSG_NOSIGNAL) != length) return 0;
  while ((n = read(fd, answer + got, sizeof answer - 1 - got)) > 0) got += n;
  answer[got] = 0;
  close(fd);
  return n == 0 && !strncmp(answer, "HTTP/1.1 200", 12);
}

static long resident_kib(pid_t process) {
  char path[64], line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", process);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld", &kib);
  if (file) fclose(file);
  return kib;
}

static void stop(pid_t child) {
  if (has_ended) return;
  kill(child, SIGTERM);
  for (double until_us = now_us() + GRACE_US; now_us() < until_us; usleep(1000))
    if (waitpid(child, NULL, WNOHANG) == child) return;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

static int until_its_end(pid_t child, double began_us) {
  int status;
  waitpid(child, &status, 0);
  printf("{\"us\":%.0f,\"rss_kib\":0}\n", now_us() - began_us);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int main(int argc, char **argv) {
  if (argc < 5)
    return fprintf(stderr, "usage: starter PORT IDLE_MS BODY_FILE PROGRAM ARGUMENT...\n"), 2;
  static char request[16384];
  int port = atoi(argv[1]);
  long length = make_request(request, sizeof request, argv[3]);
  double began_us = now_us();
  pid_t child = start(argv + 4);
  if (port == 0) return until_its_end(child, began_us);
  int fd = connect_to(port, child, began_us + DEADLINE_US);
  int is_answered = fd >= 0 && ask(fd, request, length);
  double took_us = now_us() - began_us;
  if (is_answered) usleep(atol(argv[2]) * 1000);
  long rss_kib = resident_kib(child);
  stop(child);
  if (!is_answered) return fprintf(stderr, "no answer from %s\n", argv[4]), 1;
  printf("{\"us\":%.0f,\"rss_kib\":%ld}\n", took_us, rss_kib);
  return 0;
}
