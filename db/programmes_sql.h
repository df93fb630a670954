/** How arms are dealt out, in SQL, where the join number is known. Internal to db/. */
#ifndef DB_PROGRAMMES_SQL_H
#define DB_PROGRAMMES_SQL_H

/*
 * The arm of join number `no` (an expression) by a row of programme named `g`: permuted
 * blocks. The block of the number is put in order of a hash of seed, block and place, so
 * that each block holds every arm as often as its weight, in an order that nobody can
 * tell beforehand who does not know the seed. Null without arms.
 */
#define PROGRAMME_ARM(no) \
	"(SELECT b.arm FROM unnest(g.block) WITH ORDINALITY b(arm, place)" \
	"  ORDER BY md5(g.seed || ':' || ((" no ") - 1) / cardinality(g.block)" \
	"               || ':' || b.place)" \
	"  OFFSET ((" no ") - 1) % nullif(cardinality(g.block), 0) LIMIT 1)"

/* The one in force, of the cohort `cohort` (an expression). */
#define PROGRAMME_NEWEST(cohort) \
	"(SELECT version, document, seed, block FROM programme" \
	"  WHERE cohort_id = " cohort " ORDER BY version DESC LIMIT 1)"

#endif
