/* SPDX-License-Identifier: Apache-2.0 */
/* "/calendar": when does the watching end for what is here? One row a release and phase of its support. */
#include <string.h>

#include "base/day.h"
#include "report/json-parts.h"
#include "web/fleet.h"

#define WIDTH  900
#define LEFT   190
#define ROW    30
#define TOP    26
#define MONTHS 60 /* from today to the right */

typedef struct {
  const char *system, *phase, *until, *steward; /* the last two may be NULL */
  int days;                                     /* from today; only with UNTIL */
  GPtrArray *images;                            /* const CrWebImage* */
  guint containers;
} Row;

/* ---- rows ---- */

static int count_days(const CrWeb *web, const char *until)
{
  GDate today, day;
  g_date_clear(&today, 1);
  g_date_clear(&day, 1);
  g_date_set_time_t(&today, (time_t)web->request->now);
  return cr_day_parse(until, &day) ? g_date_days_between(&today, &day) : 0;
}

/* What ends first is on top; then what has no date; then what is watched as long as it is rolling. */
static int rank(const Row *row)
{
  if (!strcmp(row->phase, "ended"))
    return 0;
  return row->until ? 1 : !strcmp(row->phase, "unknown") ? 2 : 3;
}

static int compare_rows(gconstpointer a, gconstpointer b)
{
  const Row *x = *(const Row *const *)a, *y = *(const Row *const *)b;
  int order = rank(x) - rank(y);
  order = order ? order : g_strcmp0(x->until, y->until);
  order = order ? order : strcmp(x->system, y->system);
  return order ? order : g_strcmp0(x->steward, y->steward);
}

static Row *get_row(CrWeb *web, GHashTable *known, GPtrArray *rows, const CrWebImage *image)
{
  const CrSeenReport *report = image->report;
  GDate day;
  const char *system = image->seen->os ? image->seen->os : "no distribution",
             *phase = report ? report->phase : "unknown";
  const char *until = report && report->until && cr_day_parse(report->until, &day) ? report->until : NULL;
  const char *steward = report ? report->steward : NULL;
  const char *key =
      cr_arena_printf(web->arena, "%s\n%s\n%s\n%s", system, phase, until ? until : "", steward ? steward : "");
  Row *row = g_hash_table_lookup(known, key);
  if (row)
    return row;
  row = cr_arena_new0(web->arena, Row);
  *row = (Row){system, phase, until, steward, until ? count_days(web, until) : 0, g_ptr_array_new(), 0};
  g_hash_table_insert(known, (gpointer)key, row);
  g_ptr_array_add(rows, row);
  return row;
}

static void free_row(gpointer data)
{
  g_ptr_array_unref(((Row *)data)->images);
}

static GPtrArray *list_rows(CrWeb *web, const CrWebFleet *fleet)
{
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrWebImage *image = fleet->images->pdata[i];
    if (!image->seen)
      continue;
    Row *row = get_row(web, known, rows, image);
    g_ptr_array_add(row->images, (gpointer)image);
    row->containers += image->containers->len;
  }
  g_ptr_array_sort(rows, compare_rows);
  return rows;
}

/* ---- the picture ---- */

static int get_x(int days)
{
  return LEFT + CLAMP(days, 0, MONTHS * 30) * (WIDTH - LEFT - 10) / (MONTHS * 30);
}

static void put_years(CrWeb *web, int height)
{
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_time_t(&today, (time_t)web->request->now);
  for (int year = g_date_get_year(&today) + 1;; year++) {
    GDate first;
    g_date_clear(&first, 1);
    g_date_set_dmy(&first, 1, G_DATE_JANUARY, (GDateYear)year);
    int days = g_date_days_between(&today, &first);
    if (days > MONTHS * 30)
      return;
    WEB_PUT(web, "<path class=\"year\" d=\"M%d %dV%d\"/><text class=\"sub\" x=\"%d\" y=\"%d\">%d</text>", get_x(days),
            TOP - 8, height, get_x(days) + 3, TOP - 10, year);
  }
}

static const char *get_class(const Row *row)
{
  if (!strcmp(row->phase, "ended") || (row->until && row->days < 0))
    return "ended";
  if (!row->until)
    return !strcmp(row->phase, "unknown") ? "unknown" : "open";
  return row->days < 90 ? "soon" : row->days < 365 ? "near" : "far";
}

static void put_bar(CrWeb *web, const Row *row, int y)
{
  const char *class = get_class(row);
  gboolean ended = !strcmp(class, "ended");
  gboolean unknown = !strcmp(class, "unknown"); /* it has no bar, and its words stand on the ground */
  int end = unknown ? LEFT : ended ? LEFT + 8 : row->until ? get_x(row->days) : WIDTH - 10;
  if (!unknown)
    WEB_PUT(web, "<rect class=\"bar b-%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"2\"/>", class, LEFT, y - 6,
            MAX(end - LEFT, 3));
  WEB_PUT(web, "<text x=\"0\" y=\"%d\">%s</text>", y + 4, cr_web_cut(web, row->system, 26));
  int x = end + 6 > WIDTH - 130 ? LEFT + 6 : end + 6;
  WEB_PUT(web, "<text class=\"sub%s\" x=\"%d\" y=\"%d\">%s%s%s</text>\n", x < end ? " over" : "", x, y + 4, row->phase,
          !row->until ? ""
          : ended     ? " "
                      : " until ",
          row->until ? row->until : "");
}

static void put_picture(CrWeb *web, const GPtrArray *rows)
{
  int height = TOP + (int)rows->len * ROW + 6;
  WEB_PUT(web,
          "<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" aria-label=\"Support from today on\">"
          "<svg class=\"calendar\" role=\"img\" aria-label=\"Bars from today to the end of each support; the table "
          "below says the same\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
          WIDTH, height, WIDTH, height);
  put_years(web, height);
  for (guint i = 0; i < rows->len; i++)
    put_bar(web, rows->pdata[i], TOP + (int)i * ROW + ROW / 2);
  WEB_PUT(web, "<path class=\"today\" d=\"M%d %dV%d\"/></svg></div>\n", LEFT, TOP - 8, height);
}

/* ---- the table ---- */

static const char *format_left(const CrWeb *web, const Row *row)
{
  if (!strcmp(row->phase, "ended"))
    return "over";
  if (!row->until)
    return "";
  return row->days < 0 ? "over" : cr_arena_printf(web->arena, "%d days", row->days);
}

static void put_row(CrWeb *web, const Row *row)
{
  const char *class = get_class(row);
  WEB_PUT(web,
          "<tr><th scope=\"row\"><a href=\"%s/?q=%s#images\">%s</a></th><td>%s</td><td>%s</td><td>%s</td>"
          "<td class=\"n %s\">%s</td><td class=\"n\">%u</td><td class=\"n\">%u</td></tr>\n",
          web->root, cr_web_link(web, row->system), row->system, row->phase, row->steward ? row->steward : "",
          row->until ? row->until : "",
          !strcmp(class, "ended") || !strcmp(class, "soon") ? "bad"
          : !strcmp(class, "near")                          ? "warn"
                                                            : "",
          format_left(web, row), row->images->len, row->containers);
}

static gboolean write_html(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  g_autoptr(GPtrArray) rows = list_rows(web, fleet);
  cr_web_begin(web, "Support calendar", "When does the watching end for what is here?");
  if (!rows->len) {
    WEB_PUT(web, "<div class=\"empty\"><p>No image was looked at yet.</p></div>\n");
  } else {
    put_picture(web, rows);
    WEB_PUT(web,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Support\"><table><thead><tr>"
            "<th scope=\"col\">system</th><th scope=\"col\">phase</th><th scope=\"col\">who watches</th>"
            "<th scope=\"col\">until</th><th scope=\"col\" class=\"n\">left</th><th scope=\"col\" class=\"n\">images"
            "</th><th scope=\"col\" class=\"n\">containers</th></tr></thead><tbody>\n");
    for (guint i = 0; i < rows->len; i++)
      put_row(web, rows->pdata[i]);
    WEB_PUT(web, "</tbody></table></div>\n");
  }
  cr_web_end(web);
  return TRUE;
}

/* ---- json, csv ---- */

static void write_row(CrJsonWriter *writer, gconstpointer item)
{
  const Row *row = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "system", row->system);
  cr_json_key_string(writer, "phase", row->phase);
  cr_json_key_string(writer, "steward", row->steward);
  cr_json_key_string(writer, "until", row->until);
  cr_json_key(writer, "days_left");
  if (row->until)
    cr_json_integer(writer, row->days);
  else
    cr_json_null(writer);
  cr_json_key_integer(writer, "containers", row->containers);
  cr_json_key(writer, "images");
  cr_json_begin_array(writer);
  for (guint i = 0; i < row->images->len; i++)
    cr_json_string(writer, ((const CrWebImage *)row->images->pdata[i])->name);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static gboolean write_json(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  g_autoptr(GPtrArray) rows = list_rows(web, fleet);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-calendar/1");
  cr_report_write_array(writer, "releases", rows, write_row);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
  return TRUE;
}

static gboolean write_csv(CrWeb *web, GError **error)
{
  g_autoptr(CrWebFleet) fleet = cr_web_fleet_load(web, error);
  if (!fleet)
    return FALSE;
  g_autoptr(GPtrArray) rows = list_rows(web, fleet);
  g_string_append(web->out, "system,phase,steward,until,images,containers\r\n");
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = rows->pdata[i];
    const char *const texts[] = {row->system, row->phase, row->steward, row->until};
    for (guint k = 0; k < G_N_ELEMENTS(texts); k++)
      cr_web_csv(web, texts[k], FALSE);
    cr_web_csv_number(web, row->images->len, FALSE);
    cr_web_csv_number(web, row->containers, TRUE);
  }
  return TRUE;
}

const CrWebPage cr_web_calendar = {
    .path = "/calendar", .title = "Calendar", .listed = TRUE, .html = write_html, .json = write_json, .csv = write_csv};
