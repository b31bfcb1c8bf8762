/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cvss-private.h"

#include <string.h>

/* CVSS 2 has no prefix of its own, so it is last. */
static const CrCvssVersion *const versions[] = {&cr_cvss_3_1, &cr_cvss_3_0, &cr_cvss_4_0, &cr_cvss_2_0};

/* TEXT of LENGTH bytes is WORD. */
static gboolean is_word(const char *text, gsize length, const char *word)
{
  return strlen(word) == length && !memcmp(text, word, length);
}

/* One "name:value" of LENGTH bytes into VALUES; SEEN has a bit for each metric that was there. */
static gboolean parse_metric(const CrCvssVersion *version, const char *text, gsize length, guint8 *values,
                             guint32 *seen)
{
  const char *colon = memchr(text, ':', length);
  if (!colon)
    return FALSE;
  const char *value = colon + 1;
  gsize value_length = length - (gsize)(value - text);
  for (guint i = 0; i < version->count; i++) {
    const CrCvssMetric *metric = &version->metrics[i];
    if (!is_word(text, (gsize)(colon - text), metric->name))
      continue;
    if (*seen & 1U << i)
      return FALSE;
    *seen |= 1U << i;
    for (guint8 v = 0; v < CR_CVSS_VALUES_MAX && metric->values[v]; v++)
      if (is_word(value, value_length, metric->values[v])) {
        values[i] = v;
        return TRUE;
      }
    return FALSE;
  }
  return FALSE;
}

/* The metrics from TEXT to END, in any order; each at most once, all that are mandatory. */
static gboolean parse_metrics(const CrCvssVersion *version, const char *text, const char *end, guint8 *values)
{
  guint32 seen = 0;
  for (;;) {
    const char *slash = memchr(text, '/', (gsize)(end - text));
    const char *stop = slash ? slash : end;
    if (!parse_metric(version, text, (gsize)(stop - text), values, &seen))
      return FALSE;
    if (!slash)
      break;
    text = slash + 1;
  }
  for (guint i = 0; i < version->count; i++)
    if (!version->metrics[i].optional && !(seen & 1U << i))
      return FALSE;
  return TRUE;
}

/* VALUES has room for CR_CVSS_METRICS_MAX. NULL: not a valid vector. */
static const CrCvssVersion *parse(const char *vector, guint8 *values)
{
  if (!vector)
    return NULL;
  gsize length = strlen(vector);
  if (length > 2 && vector[0] == '(' && vector[length - 1] == ')') { /* as NVD wrote CVSS 2 */
    vector++;
    length -= 2;
  }
  for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
    gsize prefix = strlen(versions[i]->prefix);
    if (length < prefix || memcmp(vector, versions[i]->prefix, prefix) != 0)
      continue;
    memset(values, 0, CR_CVSS_METRICS_MAX);
    return parse_metrics(versions[i], vector + prefix, vector + length, values) ? versions[i] : NULL;
  }
  return NULL;
}

double cr_cvss_score(const char *vector)
{
  guint8 values[CR_CVSS_METRICS_MAX];
  const CrCvssVersion *version = parse(vector, values);
  return version ? version->score(values) : -1;
}

const char *cr_cvss_get_version(const char *vector)
{
  guint8 values[CR_CVSS_METRICS_MAX];
  const CrCvssVersion *version = parse(vector, values);
  return version ? version->name : NULL;
}

CrSeverity cr_cvss_get_severity(double score, const char *version)
{
  gboolean second = !g_strcmp0(version, cr_cvss_2_0.name);
  if (score < 0)
    return CR_SEVERITY_UNKNOWN;
  if (score < 0.05 && !second)
    return CR_SEVERITY_NEGLIGIBLE;
  if (score < 3.95)
    return CR_SEVERITY_LOW;
  if (score < 6.95)
    return CR_SEVERITY_MEDIUM;
  return score < 8.95 || second ? CR_SEVERITY_HIGH : CR_SEVERITY_CRITICAL;
}

CrSeverity cr_severity_parse(const char *word)
{
  static const struct {
    const char *word;
    CrSeverity severity;
  } words[] = {
      {"critical", CR_SEVERITY_CRITICAL},
      {"high", CR_SEVERITY_HIGH},
      {"important", CR_SEVERITY_HIGH}, /* Red Hat */
      {"medium", CR_SEVERITY_MEDIUM},
      {"moderate", CR_SEVERITY_MEDIUM}, /* Red Hat, GitHub */
      {"low", CR_SEVERITY_LOW},
      {"minor", CR_SEVERITY_LOW},
      {"negligible", CR_SEVERITY_NEGLIGIBLE},  /* Ubuntu */
      {"unimportant", CR_SEVERITY_NEGLIGIBLE}, /* Debian */
      {"none", CR_SEVERITY_NEGLIGIBLE},        /* CVSS' own word for 0.0 */
  };
  if (!word)
    return CR_SEVERITY_UNKNOWN;
  gsize length = strlen(word);
  while (length && word[length - 1] == '*') /* Debian's mark for an urgency that nobody set by hand: "medium**" */
    length--;
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (strlen(words[i].word) == length && !g_ascii_strncasecmp(word, words[i].word, length))
      return words[i].severity;
  return CR_SEVERITY_UNKNOWN;
}
