/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/compile.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

/* Records are handed on by so many bytes: some hundred of them, a millisecond of work. */
#define BATCH_BYTES (256U * 1024U)
/* Batches that wait to be understood, and files that wait to be written. */
#define WAITING_BATCHES 16
#define WAITING_FILES   3
/* Texts of one batch are numbered below this. */
#define BATCH_TEXTS_LOG 24

typedef struct {
  gsize name, data, size; /* places in `bytes` */
} Item;

typedef struct {
  CrCompileJob *job;
  guint number;
  GByteArray *bytes;
  GArray *items;
} Batch;

typedef struct {
  GMutex lock;
  GCond changed;
  GQueue batches; /* Batch*, to be understood */
  guint written;  /* files */
  gboolean no_more, stop;
  GPtrArray *jobs;
  guint *open; /* of each job: batches not yet understood, plus one while it is read */
  void (*advance)(guint64 bytes, gpointer data);
  gpointer data;
} Work;

struct CrFeedSink {
  CrCompileJob *job;
  Work *work; /* NULL: everything is understood at once */
  guint index;
  Batch *batch;
  guint batches;
  guint64 records, bytes;
  GPtrArray *skips; /* name and reason, in turn */
};

/* ---- jobs ---- */

CrCompileJob *cr_compile_job_new(const CrFeedFile *file, int fd)
{
  CrCompileJob *job = g_new0(CrCompileJob, 1);
  job->file = file;
  job->fd = fd;
  job->builders = g_ptr_array_new_with_free_func((GDestroyNotify)cr_builder_free);
  job->skips = g_ptr_array_new_with_free_func(g_free);
  return job;
}

void cr_compile_job_free(CrCompileJob *job)
{
  if (!job)
    return;
  if (job->fd >= 0)
    close(job->fd);
  g_ptr_array_unref(job->builders);
  g_ptr_array_unref(job->skips);
  g_clear_error(&job->error);
  g_free(job);
}

static Batch *batch_new(CrCompileJob *job, guint number)
{
  Batch *batch = g_new0(Batch, 1);
  batch->job = job;
  batch->number = number;
  batch->bytes = g_byte_array_new();
  batch->items = g_array_new(FALSE, FALSE, sizeof(Item));
  return batch;
}

static void batch_free(Batch *batch)
{
  if (!batch)
    return;
  g_byte_array_unref(batch->bytes);
  g_array_unref(batch->items);
  g_free(batch);
}

static CrBuilder *understand(const Batch *batch)
{
  const CrFeedFile *file = batch->job->file;
  CrBuilder *builder = cr_builder_new(((guint64)batch->number << BATCH_TEXTS_LOG) + 1);
  for (guint i = 0; i < batch->items->len; i++) {
    const Item *item = &g_array_index(batch->items, Item, i);
    const char *bytes = (const char *)batch->bytes->data;
    file->feed->take(file, bytes + item->name, bytes + item->data, item->size, builder);
  }
  return builder;
}

/* ---- the reading thread ---- */

static void place_builder(CrCompileJob *job, guint number, CrBuilder *builder)
{
  if (job->builders->len <= number)
    g_ptr_array_set_size(job->builders, (int)number + 1);
  job->builders->pdata[number] = builder;
}

static gboolean hand_on(CrFeedSink *sink)
{
  Batch *batch = g_steal_pointer(&sink->batch);
  Work *work = sink->work;
  if (!batch)
    return TRUE;
  if (!work) {
    place_builder(sink->job, batch->number, understand(batch));
    batch_free(batch);
    return TRUE;
  }
  guint size = batch->bytes->len; /* the batch is another thread's when it is in the queue */
  g_mutex_lock(&work->lock);
  while (work->batches.length >= WAITING_BATCHES && !work->stop)
    g_cond_wait(&work->changed, &work->lock);
  gboolean going = !work->stop;
  if (going) {
    g_queue_push_tail(&work->batches, batch);
    work->open[sink->index]++;
    g_cond_broadcast(&work->changed);
  }
  g_mutex_unlock(&work->lock);
  if (!going)
    batch_free(batch);
  else if (work->advance)
    work->advance(size, work->data);
  return going;
}

gboolean cr_feed_sink_give(CrFeedSink *sink, const char *name, const void *data, gsize size, GError **error)
{
  sink->bytes += size;
  if (++sink->records > CR_LIMIT_FEED_RECORDS || sink->bytes > CR_LIMIT_FEED_UNPACKED_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "it has more than %u records, or unpacks to more than 32 GiB",
                CR_LIMIT_FEED_RECORDS);
    return FALSE;
  }
  if (!sink->batch)
    sink->batch = batch_new(sink->job, sink->batches++);
  GByteArray *bytes = sink->batch->bytes;
  Item item = {.name = bytes->len, .size = size};
  g_byte_array_append(bytes, (const guint8 *)name, (guint)strlen(name) + 1);
  item.data = bytes->len;
  g_byte_array_append(bytes, data, (guint)size);
  g_array_append_val(sink->batch->items, item);
  if (bytes->len < BATCH_BYTES || hand_on(sink))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the database cannot be written");
  return FALSE;
}

void cr_feed_sink_skip(CrFeedSink *sink, const char *name, const char *why)
{
  g_ptr_array_add(sink->skips, g_strdup(name));
  g_ptr_array_add(sink->skips, g_strdup(why));
}

static void read_job(CrCompileJob *job, Work *work, guint index)
{
  CrFeedSink sink = {.job = job, .work = work, .index = index};
  sink.skips = g_ptr_array_new_with_free_func(g_free);
  gboolean ok = job->file->feed->read(job->fd, job->file, &sink, &job->error);
  if (ok)
    hand_on(&sink);
  else
    g_prefix_error(&job->error, "cannot read '%s': ", job->file->path);
  batch_free(sink.batch);
  close(job->fd);
  job->fd = -1;
  job->json_bytes = sink.bytes;
  if (sink.skips->len) { /* in a builder of their own, counted with the rest */
    CrBuilder *own = cr_builder_new(0);
    for (guint i = 0; i + 1 < sink.skips->len; i += 2)
      cr_builder_skip(own, sink.skips->pdata[i], sink.skips->pdata[i + 1]);
    job->skipped = own->skipped;
    for (guint i = 0; i < own->skips->len; i++)
      g_ptr_array_add(job->skips, g_strdup(own->skips->pdata[i]));
    cr_builder_free(own);
  }
  g_ptr_array_unref(sink.skips);
}

static gpointer run_reader(gpointer data)
{
  Work *work = data;
  for (guint i = 0; i < work->jobs->len; i++) {
    g_mutex_lock(&work->lock);
    while (i >= work->written + WAITING_FILES && !work->stop)
      g_cond_wait(&work->changed, &work->lock);
    gboolean stop = work->stop;
    g_mutex_unlock(&work->lock);
    if (stop)
      break;
    read_job(work->jobs->pdata[i], work, i);
    g_mutex_lock(&work->lock);
    work->open[i]--;
    g_cond_broadcast(&work->changed);
    g_mutex_unlock(&work->lock);
  }
  g_mutex_lock(&work->lock);
  work->no_more = TRUE;
  g_cond_broadcast(&work->changed);
  g_mutex_unlock(&work->lock);
  return NULL;
}

/* ---- the understanding threads ---- */

static guint find_job(const Work *work, const CrCompileJob *job)
{
  for (guint i = 0; i < work->jobs->len; i++)
    if (work->jobs->pdata[i] == job)
      return i;
  g_assert_not_reached();
}

static gpointer run_worker(gpointer data)
{
  Work *work = data;
  g_mutex_lock(&work->lock);
  for (;;) {
    while (!work->batches.length && !work->no_more)
      g_cond_wait(&work->changed, &work->lock);
    Batch *batch = g_queue_pop_head(&work->batches);
    if (!batch)
      break;
    gboolean stop = work->stop;
    g_cond_broadcast(&work->changed);
    g_mutex_unlock(&work->lock);
    CrBuilder *builder = stop ? NULL : understand(batch);
    g_mutex_lock(&work->lock);
    if (builder)
      place_builder(batch->job, batch->number, builder);
    work->open[find_job(work, batch->job)]--;
    batch_free(batch);
    g_cond_broadcast(&work->changed);
  }
  g_mutex_unlock(&work->lock);
  return NULL;
}

/* ---- the caller's ---- */

/* What all parts of a file say together. Alpine has files that list no flaw; they say for which release. */
static void sum_up(CrCompileJob *job)
{
  gboolean covers = FALSE;
  for (guint i = 0; i < job->builders->len; i++) {
    CrBuilder *builder = job->builders->pdata[i];
    covers = covers || builder->ecosystems->len;
    job->records += builder->records;
    job->skipped += builder->skipped;
    job->newest = MAX(job->newest, builder->newest);
    for (guint j = 0; j < builder->skips->len && job->skips->len < 20; j++)
      g_ptr_array_add(job->skips, g_strdup(builder->skips->pdata[j]));
  }
  if (!job->error && !job->records && !covers)
    g_set_error(&job->error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': no record in it can be used%s%s",
                job->file->path, job->skips->len ? ": " : "",
                job->skips->len ? (const char *)job->skips->pdata[0] : "");
  if (job->error)
    g_ptr_array_set_size(job->builders, 0);
}

gboolean cr_compile_run(GPtrArray *jobs, guint threads, gboolean (*done)(CrCompileJob *job, gpointer data),
                        void (*advance)(guint64 bytes, gpointer data), gpointer data)
{
  if (!jobs->len)
    return TRUE;
  Work work = {.jobs = jobs, .advance = advance, .data = data};
  g_mutex_init(&work.lock);
  g_cond_init(&work.changed);
  g_queue_init(&work.batches);
  work.open = g_new(guint, jobs->len);
  for (guint i = 0; i < jobs->len; i++)
    work.open[i] = 1;
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  g_ptr_array_add(all, g_thread_new("feed-reader", run_reader, &work));
  for (guint i = 0; i < MAX(threads, 1); i++)
    g_ptr_array_add(all, g_thread_new("feed-records", run_worker, &work));
  gboolean ok = TRUE;
  for (guint i = 0; i < jobs->len && ok; i++) {
    g_mutex_lock(&work.lock);
    while (work.open[i])
      g_cond_wait(&work.changed, &work.lock);
    g_mutex_unlock(&work.lock);
    CrCompileJob *job = jobs->pdata[i];
    sum_up(job);
    ok = done(job, data);
    g_ptr_array_set_size(job->builders, 0);
    g_mutex_lock(&work.lock);
    work.written = i + 1;
    work.stop = !ok;
    g_cond_broadcast(&work.changed);
    g_mutex_unlock(&work.lock);
  }
  for (guint i = 0; i < all->len; i++)
    g_thread_join(all->pdata[i]);
  g_free(work.open);
  g_mutex_clear(&work.lock);
  g_cond_clear(&work.changed);
  return ok;
}

CrBuilder *cr_compile_bytes(const CrFeedFile *file, GBytes *bytes, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  int fd = memfd_create("feed", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (gssize)size || lseek(fd, 0, SEEK_SET) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot make a file in memory");
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  /* One builder for all: batches would each begin their own. */
  CrCompileJob *job = cr_compile_job_new(file, fd);
  read_job(job, NULL, 0);
  CrBuilder *builder = NULL;
  if (job->error)
    g_propagate_error(error, g_steal_pointer(&job->error));
  else if (!job->builders->len)
    builder = cr_builder_new(1);
  else if (job->builders->len == 1)
    builder = g_ptr_array_steal_index(job->builders, 0);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "for tests: not more than one batch of records");
  cr_compile_job_free(job);
  return builder;
}
