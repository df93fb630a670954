/** SQL that a session's completion and the recomputation of a cohort share. Internal to
 * db/. */
#ifndef DB_ROLLUP_SQL_H
#define DB_ROLLUP_SQL_H

/*
 * The scores of a participant in a task over all days: name, unit, mean (of their
 * sessions, which a day's n counts) and n.
 */
#define PARTICIPANT_MEANS(participant, task_name) \
	"SELECT e.key AS name, min(e.value ->> 'unit') AS unit," \
	"       sum((e.value ->> 'mean')::float8 * (e.value ->> 'n')::float8)" \
	"       / sum((e.value ->> 'n')::float8) AS mean," \
	"       sum((e.value ->> 'n')::bigint) AS n" \
	"  FROM participant_day a CROSS JOIN LATERAL jsonb_each(a.scores) e" \
	" WHERE a.participant_id = " participant " AND a.task = " task_name \
	" GROUP BY e.key"

#endif
