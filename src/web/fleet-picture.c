/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet as a picture: boxes in boxes. A base holds the images that are built on it, an image the containers that
 * run it. Verdicts have a shape and a colour. A small fleet has names; in a large one each image is its shape alone. */
#include <string.h>

#include "web/fleet.h"

#define NAMED   120U /* images that are shown with their names */
#define LONGEST 80U  /* letters of a name; the link has the rest */
#define DEEP    8U   /* boxes in boxes; below, all in one */

typedef struct {
  CrWeb *web;
  const CrWebFleet *fleet;
  gboolean dense;
} Picture;

static const char *format_title(const Picture *picture, const CrWebImage *image)
{
  guint count = image->containers->len, running = cr_web_image_count_running(image);
  const char *containers = count ? cr_arena_printf(picture->web->arena, ", %u container%s, %u running", count,
                                                   count == 1 ? "" : "s", running)
                                 : "";
  return cr_arena_printf(picture->web->arena, "%s: %s%s%s", image->name, cr_web_verdict_label(image->verdict),
                         image->replaced ? ", an older image" : "", containers);
}

/* ---- a large fleet ---- */

static void put_cells(const Picture *picture, const CrWebImage *image, guint depth)
{
  CrWeb *web = picture->web;
  WEB_PUT(web, "<a class=\"cell v-%s%s\" href=\"%s\" title=\"%s\"></a>", cr_web_verdict_class(image->verdict),
          image->containers->len ? " runs" : "", cr_web_link_image(web, image->id), format_title(picture, image));
  for (guint i = 0; depth < 200 && i < image->children->len; i++)
    put_cells(picture, image->children->pdata[i], depth + 1);
}

/* ---- a small one ---- */

static void put_containers(const Picture *picture, const CrWebImage *image)
{
  CrWeb *web = picture->web;
  if (!image->containers->len)
    return;
  WEB_PUT(web, "<ul class=\"containers\" aria-label=\"Containers of %s\">", image->name);
  for (guint i = 0; i < image->containers->len; i++) {
    const CrSighting *it = image->containers->pdata[i];
    WEB_PUT(web, "<li class=\"%s\" title=\"container %s on %s: %s\">%s</li>",
            !g_strcmp0(it->state, "running") ? "on" : "off", it->name, it->host, it->state ? it->state : "not known",
            cr_web_cut(web, it->name, LONGEST));
  }
  WEB_PUT(web, "</ul>");
}

static void put_tile(const Picture *picture, const CrWebImage *image, guint depth)
{
  CrWeb *web = picture->web;
  WEB_PUT(web, "<li class=\"tile v-%s%s\"><a href=\"%s\" title=\"%s\"><span class=\"shape\"></span>%s</a>",
          cr_web_verdict_class(image->verdict), image->replaced ? " replaced" : "", cr_web_link_image(web, image->id),
          format_title(picture, image), cr_web_cut(web, image->name, LONGEST));
  put_containers(picture, image);
  if (image->children->len && depth < DEEP) {
    WEB_PUT(web, "<ul class=\"tiles\" aria-label=\"Built on %s\">", image->name);
    for (guint i = 0; i < image->children->len; i++)
      put_tile(picture, image->children->pdata[i], depth + 1);
    WEB_PUT(web, "</ul>");
  } else if (image->children->len) {
    WEB_PUT(web, "<div class=\"cells\">");
    for (guint i = 0; i < image->children->len; i++)
      put_cells(picture, image->children->pdata[i], 0);
    WEB_PUT(web, "</div>");
  }
  WEB_PUT(web, "</li>\n");
}

/* ---- a base with what is on it ---- */

static guint count_tree(const CrWebImage *image, guint depth)
{
  guint count = 1;
  for (guint i = 0; depth < 200 && i < image->children->len; i++)
    count += count_tree(image->children->pdata[i], depth + 1);
  return count;
}

static void begin_base(const Picture *picture, const char *name, const char *words, guint count)
{
  CrWeb *web = picture->web;
  WEB_PUT(web, "<section class=\"base\"><h2>%s <span class=\"dim\">%s%u</span></h2>", name, words, count);
  WEB_PUT(web, picture->dense ? "<div class=\"cells\">" : "<ul class=\"tiles\">");
}

static void end_base(const Picture *picture)
{
  WEB_PUT(picture->web, picture->dense ? "</div></section>\n" : "</ul></section>\n");
}

static void put_members(const Picture *picture, const GPtrArray *images)
{
  guint count = 0;
  for (guint i = 0; i < images->len; i++)
    count += count_tree(images->pdata[i], 0);
  const CrWebImage *first = images->pdata[0];
  begin_base(picture, first->base_name ? first->base_name : "No base known",
             first->base_name ? "not on record itself · " : "", count);
  for (guint i = 0; i < images->len; i++) {
    if (picture->dense)
      put_cells(picture, images->pdata[i], 0);
    else
      put_tile(picture, images->pdata[i], 0);
  }
  end_base(picture);
}

/* What is built on it stands in it. */
static void put_root(const Picture *picture, const CrWebImage *root)
{
  CrWeb *web = picture->web;
  begin_base(picture, root->name, "", count_tree(root, 0));
  if (picture->dense) {
    put_cells(picture, root, 0);
    end_base(picture);
    return;
  }
  WEB_PUT(web, "<li class=\"tile self v-%s\"><a href=\"%s\" title=\"%s\"><span class=\"shape\"></span>%s</a>",
          cr_web_verdict_class(root->verdict), cr_web_link_image(web, root->id), format_title(picture, root),
          cr_web_cut(web, root->name, LONGEST));
  put_containers(picture, root);
  WEB_PUT(web, "</li>");
  for (guint i = 0; i < root->children->len; i++)
    put_tile(picture, root->children->pdata[i], 1);
  end_base(picture);
}

static int compare_keys(gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  if (!*x != !*y)
    return *x ? -1 : 1; /* no base known: last */
  return strcmp(x, y);
}

static void put_groups(const Picture *picture, GHashTable *groups)
{
  guint count = 0;
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array(groups, &count);
  qsort(keys, count, sizeof *keys, compare_keys);
  for (guint i = 0; i < count; i++)
    put_members(picture, g_hash_table_lookup(groups, keys[i]));
}

void cr_web_put_fleet_picture(CrWeb *web, const CrWebFleet *fleet)
{
  Picture picture = {web, fleet, fleet->images->len > NAMED};
  g_autoptr(GHashTable) groups =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  if (picture.dense)
    WEB_PUT(web, "<p class=\"dim\">A shape is an image; a pale one has no container.</p>\n");
  WEB_PUT(web, "<div class=\"fleet%s\">\n", picture.dense ? " dense" : "");
  for (guint i = 0; i < fleet->roots->len; i++) {
    CrWebImage *root = fleet->roots->pdata[i];
    const char *key = root->base_name ? root->base_name : "";
    if (!*key && root->children->len) {
      put_root(&picture, root);
      continue;
    }
    GPtrArray *group = g_hash_table_lookup(groups, key);
    if (!group)
      g_hash_table_insert(groups, (gpointer)key, group = g_ptr_array_new());
    g_ptr_array_add(group, root);
  }
  put_groups(&picture, groups);
  WEB_PUT(web, "</div>\n");
}
