/**
 * Which cells were probably stored already. Only a hint: it may forget and it may be
 * wrong; what decides is the table's primary key.
 */
#ifndef DB_HINTS_H
#define DB_HINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

struct hints;

/** NULL without memory. */
struct hints *hints_new(void);
void hints_free(struct hints *h);

/** Notes stored trials of a cell: the mask of trial_cell.present. */
void
hints_add(struct hints *h, const struct uuid *session_id, int32_t cell, uint32_t present);

/** The trials noted for a cell; 0: none. */
uint32_t hints_get(const struct hints *h, const struct uuid *session_id, int32_t cell);

#endif
