/**
 * Which groups of a table of counts must be hidden, so that nobody learns anything about
 * fewer than `threshold` people: neither by reading nor by subtracting.
 *
 * The table has rows (tasks), columns (days), and totals of each: of a row over all
 * columns, of a column over all rows, of everything. A group is one entry of it. Its
 * sessions and trials add up (a row's entries to its total, and so on); its people do
 * not, as one person may be in many groups.
 *
 * Hidden are: every group of 1 .. threshold - 1 people (a group of none shows nothing and
 * protects nothing), and then larger groups until this holds:
 *
 *     Every quantity that follows by adding and subtracting published counts, and depends
 *     on a hidden group below the threshold, also depends on a hidden group of at least
 *     threshold people.
 *
 * So neither a small group's count nor the sum over several small groups can be had. What
 * remains open, as with every such scheme: bounds (a part is not larger than the total).
 *
 * A mean of a score may rest on fewer people than its group has. Judge each score of a
 * row as a table of its own, of one row with that many people, and hide it there as well
 * as wherever its group is hidden. Hiding more never reveals anything.
 *
 * How: lines are vertices, groups are edges between their row and their column, a total
 * belongs to the vertex of its margin. Published counts determine exactly the cuts of the
 * graph of hidden edges (Gusfield 1988, SIAM J. Comput. 17(3): a hidden entry is known if
 * and only if its edge is a bridge). It is therefore enough that all vertices that small
 * edges join are also joined by hidden edges of large groups, save for lines that are
 * hidden altogether. The joining edges are taken from the spanning tree of large groups
 * of least cost. tests/unit/models/stats/test_suppress.c checks the rule by linear
 * algebra.
 */
#ifndef MODELS_STATS_SUPPRESS_H
#define MODELS_STATS_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct stat_group {
	const char *row, *column; /* "" (both are never NULL): total over rows, columns */
	int people;
	int64_t cost;    /* what hiding it loses, such as its sessions; >= 0 */
	bool suppressed; /* the answer */
};

/**
 * Sets `suppressed` in each of groups[0..n), no two of which name the same row and
 * column.
 *
 * A line whose total is not among the groups is taken to have no published total. Totals
 * must really be totals: at least as many people as each of their parts. Equal input
 * gives equal output, whatever the order of the groups, if no two costs are equal. Time n
 * log n, and lines squared at worst. Errors: MEMORY, which leaves every group suppressed.
 */
CAMP_MUST_CHECK enum camp_err
stat_suppress(struct stat_group *groups, size_t n, int threshold);

#endif
