#include "models/stats/suppress.h"

#include <stdlib.h>
#include <string.h>

/*
 * Vertex 0 is the ground, for lines without a published total, which tell nothing; then
 * comes each row and each column that has one, the margins (named "") among them.
 */
#define GROUND 0

struct line {
	const char *name;
	int vertex;
};

struct edge {
	struct stat_group *group;
	int a, b; /* its row's vertex and its column's */
	bool large;
};

struct graph {
	struct line *rows, *columns; /* sorted by name */
	size_t n_rows, n_columns;
	struct edge *edges; /* cheapest first */
	size_t n_edges;
	int n_vertices;
	int *large_set, *small_set; /* union-find over large and over small groups */
	bool *live, *touched;       /* the vertex has a large edge, a small edge */
	/* The spanning forest of large edges, rooted. */
	int *parent, *root;
	struct stat_group **up; /* the edge to the parent */
	int *order;             /* vertices, parents first */
	int *below; /* terminals in each subtree, for one set of small groups */
	/* The forest's adjacency: link 2 e and 2 e + 1 are the ends of edge e. */
	int *first_link, *next_link;
};

static int
compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Sorts and drops repeats; returns the number left. */
static size_t
lines_sort(struct line *lines, size_t n)
{
	size_t kept = 0;

	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(lines[kept - 1].name, lines[i].name) != 0)
			lines[kept++] = lines[i];
	}
	return kept;
}

static struct line *
line_find(struct line *lines, size_t n, const char *name)
{
	struct line key = {.name = name};

	return bsearch(&key, lines, n, sizeof(*lines), compare_lines);
}

static int
set_find(int *set, int v)
{
	while (set[v] != v)
		v = set[v] = set[set[v]];
	return v;
}

/* False when a and b were together already. */
static bool
set_join(int *set, int a, int b)
{
	a = set_find(set, a);
	b = set_find(set, b);
	set[a] = b;
	return a != b;
}

static void
graph_clear(struct graph *g)
{
	free(g->rows);
	free(g->columns);
	free(g->edges);
	free(g->large_set);
	free(g->small_set);
	free(g->live);
	free(g->touched);
	free(g->parent);
	free(g->root);
	free(g->up);
	free(g->order);
	free(g->below);
	free(g->first_link);
	free(g->next_link);
}

/* At most two vertices a group, and the ground. */
static bool
graph_allocate(struct graph *g, size_t n)
{
	size_t v = 2 * n + 1;

	g->rows = calloc(n, sizeof(*g->rows));
	g->columns = calloc(n, sizeof(*g->columns));
	g->edges = calloc(n, sizeof(*g->edges));
	g->large_set = calloc(v, sizeof(*g->large_set));
	g->small_set = calloc(v, sizeof(*g->small_set));
	g->live = calloc(v, sizeof(*g->live));
	g->touched = calloc(v, sizeof(*g->touched));
	g->parent = calloc(v, sizeof(*g->parent));
	g->root = calloc(v, sizeof(*g->root));
	g->up = calloc(v, sizeof(*g->up));
	g->order = calloc(v, sizeof(*g->order));
	g->below = calloc(v, sizeof(*g->below));
	g->first_link = calloc(v, sizeof(*g->first_link));
	g->next_link = calloc(2 * n, sizeof(*g->next_link));
	return g->rows && g->columns && g->edges && g->large_set && g->small_set &&
	       g->live && g->touched && g->parent && g->root && g->up && g->order &&
	       g->below && g->first_link && g->next_link;
}

/* Names the lines and gives a vertex to each that has a total. */
static void
graph_number_lines(struct graph *g, const struct stat_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g->rows[i].name = groups[i].row;
		g->columns[i].name = groups[i].column;
	}
	g->n_rows = lines_sort(g->rows, n);
	g->n_columns = lines_sort(g->columns, n);
	g->n_vertices = GROUND + 1;
	for (size_t i = 0; i < n; i++) {
		/* A row's total stands in the column "", a column's in the row "". */
		if (groups[i].column[0] == '\0')
			line_find(g->rows, g->n_rows, groups[i].row)->vertex =
				g->n_vertices++;
		if (groups[i].row[0] == '\0')
			line_find(g->columns, g->n_columns, groups[i].column)->vertex =
				g->n_vertices++;
	}
	for (int v = 0; v < g->n_vertices; v++) {
		g->large_set[v] = g->small_set[v] = v;
		g->first_link[v] = -1;
	}
}

static int
compare_edges(const void *a, const void *b)
{
	const struct stat_group *x = ((const struct edge *)a)->group;
	const struct stat_group *y = ((const struct edge *)b)->group;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	/* Any order will do that does not depend on the order of the input. */
	return strcmp(x->row, y->row) ? strcmp(x->row, y->row)
				      : strcmp(x->column, y->column);
}

static void
graph_add_edges(struct graph *g, struct stat_group *groups, size_t n, int threshold)
{
	for (size_t i = 0; i < n; i++) {
		struct edge *e = &g->edges[g->n_edges];

		groups[i].suppressed =
			groups[i].people > 0 && groups[i].people < threshold;
		if (groups[i].people <= 0)
			continue;
		e->group = &groups[i];
		e->a = line_find(g->rows, g->n_rows, groups[i].row)->vertex;
		e->b = line_find(g->columns, g->n_columns, groups[i].column)->vertex;
		e->large = !groups[i].suppressed;
		if (e->large) {
			g->live[e->a] = g->live[e->b] = true;
		} else {
			g->touched[e->a] = g->touched[e->b] = true;
			set_join(g->small_set, e->a, e->b);
		}
		g->n_edges++;
	}
	qsort(g->edges, g->n_edges, sizeof(*g->edges), compare_edges);
}

/* Kruskal's: the cheapest forest of large groups that joins all that can be joined. */
static void
graph_span(struct graph *g)
{
	for (size_t i = 0; i < g->n_edges; i++) {
		const struct edge *e = &g->edges[i];
		int link = 2 * (int)i;

		if (!e->large || !set_join(g->large_set, e->a, e->b))
			continue;
		g->next_link[link] = g->first_link[e->a];
		g->first_link[e->a] = link;
		g->next_link[link + 1] = g->first_link[e->b];
		g->first_link[e->b] = link + 1;
	}
}

/* Roots each tree of the forest and lists its vertices breadth first. */
static void
graph_root(struct graph *g)
{
	int listed = 0, taken = 0;

	for (int v = 0; v < g->n_vertices; v++)
		g->parent[v] = g->root[v] = -1;
	for (int start = 0; start < g->n_vertices; start++) {
		if (g->root[start] >= 0)
			continue;
		g->root[start] = start;
		g->order[listed++] = start;
		while (taken < listed) {
			int v = g->order[taken++];

			for (int l = g->first_link[v]; l >= 0; l = g->next_link[l]) {
				const struct edge *e = &g->edges[l / 2];
				int w = l % 2 ? e->a : e->b;

				if (g->root[w] >= 0)
					continue;
				g->root[w] = start;
				g->parent[w] = v;
				g->up[w] = e->group;
				g->order[listed++] = w;
			}
		}
	}
}

/*
 * Hides the part of the tree that joins the live vertices of one set of small groups.
 * False when they lie in different trees, which real totals rule out.
 */
static bool
graph_join_set(struct graph *g, int set)
{
	int terminals = 0, root = -1;

	for (int v = 0; v < g->n_vertices; v++) {
		g->below[v] = g->live[v] && set_find(g->small_set, v) == set;
		if (!g->below[v])
			continue;
		if (root >= 0 && g->root[v] != root)
			return false;
		root = g->root[v];
		terminals++;
	}
	for (int i = g->n_vertices - 1; i >= 0; i--) {
		int v = g->order[i];

		if (g->parent[v] < 0)
			continue;
		if (g->below[v] > 0 && g->below[v] < terminals)
			g->up[v]->suppressed = true;
		g->below[g->parent[v]] += g->below[v];
	}
	return true;
}

static void
suppress_all(struct stat_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		groups[i].suppressed = true;
}

enum camp_err
stat_suppress(struct stat_group *groups, size_t n, int threshold)
{
	struct graph g = {0};
	enum camp_err err = CAMP_ERR_MEMORY;

	suppress_all(groups, n);
	if (n == 0)
		return CAMP_OK;
	if (!graph_allocate(&g, n))
		goto out;
	graph_number_lines(&g, groups, n);
	graph_add_edges(&g, groups, n, threshold);
	graph_span(&g);
	graph_root(&g);
	for (int v = 0; v < g.n_vertices; v++) {
		if (g.touched[v] && g.small_set[v] == v && !graph_join_set(&g, v)) {
			suppress_all(groups, n);
			break;
		}
	}
	err = CAMP_OK;
out:
	graph_clear(&g);
	return err;
}
