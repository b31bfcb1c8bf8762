/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic Versioning 2.0.0 §11, and the two orders that are it with a difference:
 *
 *   npm, cargo, hex  as node-semver reads with `loose`: "v" and "=" in front, no dash before a pre-release; also
 * numbers left out, which count as 0 golang           golang.org/x/mod/semver, so pseudo-versions and "+incompatible"
 * need no rule of their own; and the releases of Go itself, "go1.21rc2" being 1.21.0-rc.2 (as the Go vulnerability
 * database writes it) nuget            NuGet.Versioning's VersionComparer.Default: a fourth number, pre-releases
 * without regard to case
 *
 * What has no number in front is older than all that have. */
#include "model/version.h"

#include "model/version-slice.h"

typedef struct {
  gboolean go;
  gboolean ignore_case;
} Rules;

typedef struct {
  CrSlice numbers, pre;
  gboolean has_pre;
  gboolean split; /* identifiers of PRE end where letters meet digits: "rc2" is "rc", "2" */
} Version;

/* The number in front of SLICE, and the dot behind it if another number follows. Empty when there is none. */
static CrSlice take_number(CrSlice *slice)
{
  CrSlice number = cr_slice_take_digits(slice);
  if (cr_slice_length(number) && slice->end - slice->at > 1 && slice->at[0] == '.' && g_ascii_isdigit(slice->at[1]))
    slice->at++;
  return number;
}

static Version parse(const char *text, const Rules *rules)
{
  CrSlice rest = cr_slice(text, text + strlen(text));
  while (rest.at < rest.end && (*rest.at == 'v' || *rest.at == 'V' || *rest.at == '=' || g_ascii_isspace(*rest.at)))
    rest.at++;
  if (rules->go && cr_slice_length(rest) > 2 && !memcmp(rest.at, "go", 2) && g_ascii_isdigit(rest.at[2]))
    rest.at += 2;
  for (const char *at = rest.at; at < rest.end; at++) /* build metadata, and "go1.20.3 X:boringcrypto" */
    if (*at == '+' || g_ascii_isspace(*at))
      rest.end = at;
  const char *start = rest.at;
  while (cr_slice_length(take_number(&rest)))
    continue;
  gboolean dash = cr_slice_peek(rest) == '-';
  return (Version){.numbers = cr_slice(start, rest.at),
                   .pre = cr_slice(rest.at + dash, rest.end),
                   .has_pre = rest.at < rest.end,
                   .split = rules->go && !dash};
}

static CrSlice take_identifier(CrSlice *pre, gboolean split)
{
  const char *start = pre->at;
  gboolean digits = g_ascii_isdigit(cr_slice_peek(*pre)) != 0;
  while (pre->at < pre->end && *pre->at != '.' && (!split || (g_ascii_isdigit(*pre->at) != 0) == digits))
    pre->at++;
  CrSlice identifier = cr_slice(start, pre->at);
  if (cr_slice_peek(*pre) == '.')
    pre->at++;
  return identifier;
}

static gboolean is_number(CrSlice identifier)
{
  return cr_slice_length(identifier) && cr_slice_length(cr_slice_take_digits(&identifier)) &&
         identifier.at == identifier.end;
}

static int compare_identifier(CrSlice a, CrSlice b, const Rules *rules)
{
  gboolean number_a = is_number(a), number_b = is_number(b);
  if (number_a != number_b)
    return number_a ? -1 : 1;
  if (number_a)
    return cr_slice_compare_numbers(a, b);
  return rules->ignore_case ? cr_slice_compare_folded(a, b) : cr_slice_compare_bytes(a, b);
}

static int compare(const char *a, const char *b, const Rules *rules)
{
  Version va = parse(a, rules), vb = parse(b, rules);
  gboolean any_a = cr_slice_length(va.numbers) > 0, any_b = cr_slice_length(vb.numbers) > 0;
  if (any_a != any_b)
    return any_a ? 1 : -1;
  while (va.numbers.at < va.numbers.end || vb.numbers.at < vb.numbers.end) {
    int order = cr_slice_compare_numbers(take_number(&va.numbers), take_number(&vb.numbers));
    if (order)
      return order;
  }
  if (va.has_pre != vb.has_pre)
    return va.has_pre ? -1 : 1;
  while (va.pre.at < va.pre.end && vb.pre.at < vb.pre.end) {
    int order = compare_identifier(take_identifier(&va.pre, va.split), take_identifier(&vb.pre, vb.split), rules);
    if (order)
      return order;
  }
  return (va.pre.at < va.pre.end) - (vb.pre.at < vb.pre.end);
}

int cr_version_compare_semver(const char *a, const char *b)
{
  static const Rules rules = {0};
  return compare(a, b, &rules);
}

int cr_version_compare_go(const char *a, const char *b)
{
  static const Rules rules = {.go = TRUE};
  return compare(a, b, &rules);
}

int cr_version_compare_nuget(const char *a, const char *b)
{
  static const Rules rules = {.ignore_case = TRUE};
  return compare(a, b, &rules);
}
