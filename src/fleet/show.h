/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the fleet's commands, for people and for programs: *-write.c beside what they show. */
#pragma once
#include "fleet/host.h"
#include "report/report.h"

void cr_host_write_table(const CrHost *host, CrReport *report);
void cr_host_write_json(const CrHost *host, CrReport *report); /* careen.host/1 */
/* Members of KERNEL, into the object at hand. */
void cr_kernel_write_json(const CrKernel *kernel, CrJsonWriter *writer);
