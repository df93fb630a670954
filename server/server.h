/** What every request can reach; made by `camp serve`, read-only while it runs. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/auth.h"
#include "server/config.h"

struct assets;
struct db;
struct net;
struct task_registry;

struct server {
	const struct config *config;
	struct db *db;
	struct assets *assets;
	struct task_registry *tasks;
	struct net *net;
	struct auth_keys keys;
};

#endif
