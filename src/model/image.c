/* SPDX-License-Identifier: Apache-2.0 */
#include "model/image.h"

#include <string.h>

static const char *find(CrStrv names, CrStrv values, const char *name)
{
  for (guint i = 0; names && names[i]; i++)
    if (!strcmp(names[i], name))
      return values[i];
  return NULL;
}

const char *cr_image_find_label(const CrImage *image, const char *name)
{
  return find(image->label_names, image->label_values, name);
}

const char *cr_image_find_annotation(const CrImage *image, const char *name)
{
  return find(image->annotation_names, image->annotation_values, name);
}
