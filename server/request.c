#include "server/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/reply.h"

#define KEY_LEN_MIN 16
#define KEY_LEN_MAX 64
#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
/* A body buffer larger than this is not kept for the next request. */
#define BODY_KEEP_BYTES 16384
#define FREE_LIST_MAX 512

/* Requests are made on the network thread but may be released on any. */
static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static struct request *free_list;
static int free_count;

static _Thread_local struct request *in_handler;

struct request *
request_in_handler(void)
{
	return in_handler;
}

void
request_set_in_handler(struct request *rq)
{
	in_handler = rq;
}

static struct request *
take_free(void)
{
	struct request *rq;

	pthread_mutex_lock(&free_lock);
	rq = free_list;
	if (rq) {
		free_list = rq->next_done;
		free_count--;
	}
	pthread_mutex_unlock(&free_lock);
	return rq;
}

struct request *
request_new(struct server *sv)
{
	struct request *rq = take_free();
	struct buffer body = {0};

	if (rq) {
		body = rq->body;
		buffer_reset(&body);
	} else {
		rq = malloc(sizeof(*rq));
		if (!rq)
			return NULL;
	}
	/* query.text is written before it is read; clearing it would cost most of this.
	 */
	memset(rq, 0, offsetof(struct request, query));
	rq->query.n = 0;
	memset((char *)rq + offsetof(struct request, id), 0,
	       sizeof(*rq) - offsetof(struct request, id));
	rq->body = body;
	rq->sv = sv;
	atomic_init(&rq->answered, false);
	atomic_init(&rq->references, 2);
	return rq;
}

void
request_release(struct request *rq)
{
	bool kept = false;

	if (atomic_fetch_sub_explicit(&rq->references, 1, memory_order_acq_rel) != 1)
		return;
	if (rq->response && !rq->response_shared)
		MHD_destroy_response(rq->response);
	if (rq->body.cap > BODY_KEEP_BYTES)
		buffer_clear(&rq->body);
	pthread_mutex_lock(&free_lock);
	if (free_count < FREE_LIST_MAX) {
		rq->next_done = free_list;
		free_list = rq;
		free_count++;
		kept = true;
	}
	pthread_mutex_unlock(&free_lock);
	if (!kept) {
		buffer_clear(&rq->body);
		free(rq);
	}
}

void
requests_clear(void)
{
	for (struct request *rq = take_free(); rq; rq = take_free()) {
		buffer_clear(&rq->body);
		free(rq);
	}
}

enum camp_err
request_refuse(struct request *rq, enum camp_err err, const char *why)
{
	rq->refused_why = why;
	return err;
}

static const char *
param_find(const struct request *rq, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (int i = 0; i < rq->n_params; i++) {
		/* The name is the pattern's text after "{", which "}" ends. */
		if (strncmp(rq->params[i].name, name, name_len) == 0 &&
		    rq->params[i].name[name_len] == '}') {
			*len = rq->params[i].len;
			return rq->params[i].value;
		}
	}
	*len = 0;
	return "";
}

enum camp_err
request_param_uuid(struct request *rq, const char *name, struct uuid *out)
{
	size_t len;
	const char *value = param_find(rq, name, &len);

	if (!uuid_parse(out, value, len))
		return request_refuse(rq, CAMP_ERR_PARAMETER,
				      "the id in the address is not a UUID");
	return CAMP_OK;
}

enum camp_err
request_param_text(struct request *rq, const char *name, char *out, size_t size)
{
	size_t len;
	const char *value = param_find(rq, name, &len);

	out[0] = '\0';
	if (len == 0 || len >= size)
		return CAMP_ERR_NOT_FOUND;
	memcpy(out, value, len);
	out[len] = '\0';
	return CAMP_OK;
}

enum camp_err
request_idempotency_key(struct request *rq, const char **key)
{
	size_t len;

	*key = rq->framing.idempotency_key;
	if (!*key)
		return CAMP_ERR_KEY_MISSING;
	len = strlen(*key);
	if (len < KEY_LEN_MIN || len > KEY_LEN_MAX ||
	    strspn(*key, ALPHANUMERIC "_-") != len) {
		*key = NULL;
		return request_refuse(rq, CAMP_ERR_PARAMETER,
				      "an Idempotency-Key is 16 to 64 letters, digits, _ "
				      "or -");
	}
	return CAMP_OK;
}

enum camp_err
request_bearer(struct request *rq, const char **token, size_t *len)
{
	static const char scheme[] = "Bearer ";
	const char *value = rq->framing.authorization;

	*token = NULL;
	*len = 0;
	if (!value)
		return CAMP_ERR_TOKEN_MISSING;
	if (strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
		return request_refuse(rq, CAMP_ERR_TOKEN_INVALID,
				      "the Authorization header is not of the scheme "
				      "Bearer");
	value += sizeof(scheme) - 1;
	value += strspn(value, " ");
	*token = value;
	*len = strlen(value);
	return CAMP_OK;
}

bool
request_label_valid(const char *text)
{
	return strspn(text, ALPHANUMERIC "._-") == strlen(text);
}

void
request_id_format(const struct request *rq, char out[REQUEST_ID_SIZE])
{
	/* The upper half is this process's, the lower one counts. */
	static uint64_t process;

	if (process == 0)
		randombytes_buf(&process, sizeof(process));
	snprintf(out, REQUEST_ID_SIZE, "%016llx%016llx", (unsigned long long)process,
		 (unsigned long long)rq->id);
}
