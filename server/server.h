/** What every request can reach; made by `camp serve`, read-only while it runs. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/auth.h"
#include "server/config.h"

struct assets;
struct compute;
struct db;
struct keeper;
struct model_store;
struct net;
struct task_registry;

struct server {
	const struct config *config;
	struct db *db;
	struct assets *assets;
	struct task_registry *tasks;
	struct model_store *models;
	struct compute *compute;
	struct keeper *keeper;
	struct net *net;
	struct auth_keys keys;
};

#endif
