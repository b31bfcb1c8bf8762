/* SPDX-License-Identifier: Apache-2.0 */
#include "base/service.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../remove.h"

static void test_notify(void)
{
  g_unsetenv("NOTIFY_SOCKET");
  g_assert_false(cr_service_notify("READY=1"));
  autofolder char *folder = g_dir_make_tmp("careen-service-XXXXXX", NULL);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  g_snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
  g_setenv("NOTIFY_SOCKET", address.sun_path, TRUE);
  char text[256] = "";
  g_assert_true(cr_service_notify("READY=1\nSTATUS=idle"));
  g_assert_cmpint(recv(fd, text, sizeof text - 1, 0), ==, strlen("READY=1\nSTATUS=idle"));
  g_assert_cmpstr(text, ==, "READY=1\nSTATUS=idle");
  cr_service_notify_reloading();
  memset(text, 0, sizeof text);
  g_assert_cmpint(recv(fd, text, sizeof text - 1, 0), >, 0);
  g_assert_true(g_str_has_prefix(text, "RELOADING=1\nMONOTONIC_USEC="));
  close(fd);
}

static void test_watchdog(void)
{
  g_unsetenv("WATCHDOG_USEC");
  g_unsetenv("WATCHDOG_PID");
  g_assert_cmpuint(cr_service_get_watchdog_usec(), ==, 0);
  g_setenv("WATCHDOG_USEC", "30000000", TRUE);
  g_assert_cmpuint(cr_service_get_watchdog_usec(), ==, 15000000);
  g_setenv("WATCHDOG_PID", "1", TRUE); /* another's */
  g_assert_cmpuint(cr_service_get_watchdog_usec(), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/service/notify", test_notify);
  g_test_add_func("/base/service/watchdog", test_watchdog);
  return g_test_run();
}
