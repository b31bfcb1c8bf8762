/* SPDX-License-Identifier: Apache-2.0 */
/* What cr_recipes_load says of a file, for oracles: one line "USE<tab>KEY<tab>VALUE" for each fact. */
#include "recipe/recipe.h"

#include <stdio.h>

static void print(const CrImageUse *use, const char *key, const char *value)
{
  g_autofree char *plain = value ? g_strescape(value, NULL) : NULL;
  if (plain)
    printf("%s\t%s\t%s\n", use->name, key, plain);
}

static void print_list(const CrImageUse *use, const char *key, CrStrv list)
{
  for (guint i = 0; list && list[i]; i++)
    print(use, key, list[i]);
}

static void print_build(const CrImageUse *use, const CrBuildRecipe *build)
{
  print(use, "context", build->context);
  print(use, "dockerfile", build->dockerfile);
  print(use, "inline", build->text);
  print(use, "target", build->target);
  print(use, "network", build->network);
  print(use, "platform", build->platform);
  print_list(use, "arg", build->args);
  print_list(use, "build context", build->contexts);
  print_list(use, "secret", build->secrets);
  print_list(use, "ssh", build->ssh);
  print_list(use, "label", build->labels);
  print_list(use, "host", build->extra_hosts);
  print_list(use, "cache", build->cache_from);
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  CrRecipes *recipes = argc == 2 ? cr_recipes_load(argv[1], NULL, &error) : NULL;
  if (!recipes) {
    fprintf(stderr, "%s\n", error ? error->message : "usage: print-recipes PATH");
    return 2;
  }
  for (guint i = 0; i < recipes->uses->len; i++) {
    const CrImageUse *use = recipes->uses->pdata[i];
    print(use, "active", use->active ? "yes" : "no");
    print(use, "image", use->image);
    print(use, "container", use->container);
    print_list(use, "needs", use->depends_on);
    if (use->build)
      print_build(use, use->build);
  }
  for (guint i = 0; i < cr_problems_get_count(recipes->problems); i++)
    fprintf(stderr, "%s: %s\n", cr_problems_get(recipes->problems, i)->where,
            cr_problems_get(recipes->problems, i)->what);
  cr_recipes_free(recipes);
  return 0;
}
