/** The verbs of `camp`; one file of server/cli each. A verb returns the exit status. */
#ifndef SERVER_CLI_VERBS_H
#define SERVER_CLI_VERBS_H

/* Each gets argv from its own name on, so argv[0] is the verb. */
#define CAMP_VERBS(V) \
	V(serve, "run the server (and, without DATABASE_URL, its private database)") \
	V(migrate, "bring the database schema up to this program's version") \
	V(seed, "make the demo organisation with simulated participants") \
	V(replay, "play a recording through the HTTP API as real clients would") \
	V(score, "score a recording, or stored sessions again") \
	V(evaluate, "judge a model by its forecasts of trials") \
	V(explain, "show which trials a forecast rests on") \
	V(export, "write a cohort's trials, sessions, scores or EEG as CSV") \
	V(train, "train an attention model on recordings or stored sessions") \
	V(tune, "search a model's learning rate, width, depth and dropout") \
	V(quantise, "make a model file smaller: 16 or 8 bits a weight") \
	V(programme, "check, set or show what a cohort's participants play, when") \
	V(simulate, "write trials of simulated participants as CSV") \
	V(token, "make a token for whoever looks after models") \
	V(health, "ask the running server whether it lives")

#define V(name, help) int verb_##name(int argc, char **argv);
CAMP_VERBS(V)
#undef V

#endif
