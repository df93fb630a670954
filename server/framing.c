#include "server/framing.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

/* A length that no JSON number, and no other server on the way, could misread. */
#define LENGTH_DIGITS_MAX 15

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* tchar of RFC 9110, 5.6.2. */
static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    (text[i] == 0 || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
			return false;
	}
	return len > 0;
}

/* What may stand in a Host: a name or address and perhaps a port, nothing between. */
static bool
is_host(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    (text[i] == 0 || strchr("-._~%!$&'()*+;=:[]", text[i]) == NULL))
			return false;
	}
	return true;
}

static bool
is_clean_value(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
name_is(const char *name, size_t len, const char *known)
{
	return len == strlen(known) && strncasecmp(name, known, len) == 0;
}

static enum camp_err
refuse(struct framing *f, enum camp_err err, const char *reason)
{
	f->reason = reason;
	return err;
}

static enum camp_err
read_length(struct framing *f, const char *value, size_t len)
{
	int64_t length = 0;

	if (f->n_lengths++ > 0)
		return refuse(f, CAMP_ERR_REQUEST, "More than one Content-Length header");
	if (len == 0)
		return refuse(f, CAMP_ERR_REQUEST, "The Content-Length is empty");
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(value[i]))
			return refuse(f, CAMP_ERR_REQUEST,
				      "The Content-Length is not a plain number");
	}
	if (len > LENGTH_DIGITS_MAX)
		return refuse(f, CAMP_ERR_TOO_LARGE, "The Content-Length is too large");
	for (size_t i = 0; i < len; i++)
		length = length * 10 + (value[i] - '0');
	f->content_length = length;
	return CAMP_OK;
}

static enum camp_err
read_encoding(struct framing *f, const char *value, size_t len)
{
	if (f->n_encodings++ > 0)
		return refuse(f, CAMP_ERR_REQUEST,
			      "More than one Transfer-Encoding header");
	if (!name_is(value, len, "chunked"))
		return refuse(f, CAMP_ERR_REQUEST,
			      "The only Transfer-Encoding known here is chunked");
	f->chunked = true;
	return CAMP_OK;
}

static enum camp_err
read_host(struct framing *f, const char *value, size_t len)
{
	if (f->n_hosts++ > 0)
		return refuse(f, CAMP_ERR_REQUEST, "More than one Host header");
	if (!is_host(value, len))
		return refuse(f, CAMP_ERR_REQUEST, "The Host header is malformed");
	f->host = value;
	return CAMP_OK;
}

/* Headers of which a second one would leave it open which of the two is meant. */
static enum camp_err
read_single(struct framing *f, const char **into, const char *value)
{
	if (*into != NULL)
		return refuse(f, CAMP_ERR_REQUEST,
			      "A header that may appear once appears twice");
	*into = value;
	return CAMP_OK;
}

static void
read_first(const char **into, const char *value)
{
	if (*into == NULL)
		*into = value;
}

/* The headers that are kept; told apart by their first letter, as most are none of them.
 */
static enum camp_err
read_known(struct framing *f, const char *name, size_t name_len, const char *value,
	   size_t value_len)
{
	switch (name[0] | 0x20) {
	case 'h':
		if (name_is(name, name_len, "Host"))
			return read_host(f, value, value_len);
		break;
	case 'c':
		if (name_is(name, name_len, "Content-Length"))
			return read_length(f, value, value_len);
		if (name_is(name, name_len, "Content-Type"))
			return read_single(f, &f->content_type, value);
		break;
	case 't':
		if (name_is(name, name_len, "Transfer-Encoding"))
			return read_encoding(f, value, value_len);
		break;
	case 'a':
		if (name_is(name, name_len, "Authorization"))
			return read_single(f, &f->authorization, value);
		if (name_is(name, name_len, "Accept"))
			read_first(&f->accept, value);
		if (name_is(name, name_len, "Accept-Encoding"))
			read_first(&f->accept_encoding, value);
		break;
	case 'i':
		if (name_is(name, name_len, "Idempotency-Key"))
			return read_single(f, &f->idempotency_key, value);
		if (name_is(name, name_len, "If-None-Match"))
			read_first(&f->if_none_match, value);
		break;
	case 'e':
		if (name_is(name, name_len, "Expect")) {
			if (!name_is(value, value_len, "100-continue"))
				return refuse(f, CAMP_ERR_REQUEST,
					      "The only Expect known here is "
					      "100-continue");
			f->expects_continue = true;
		}
		break;
	default:
		break;
	}
	return CAMP_OK;
}

void
framing_init(struct framing *f)
{
	*f = (struct framing){.content_length = -1};
}

enum camp_err
framing_header(struct framing *f, const char *name, size_t name_len, const char *value,
	       size_t value_len)
{
	if (++f->n_headers > FRAMING_HEADERS_MAX)
		return refuse(f, CAMP_ERR_REQUEST, "Too many headers");
	if (!is_token(name, name_len))
		return refuse(f, CAMP_ERR_REQUEST, "A header's name is malformed");
	if (value_len > FRAMING_VALUE_MAX)
		return refuse(f, CAMP_ERR_REQUEST, "A header's value is too long");
	if (!is_clean_value(value, value_len))
		return refuse(f, CAMP_ERR_REQUEST,
			      "A header's value holds a control character");
	/* The library leaves spaces at the end of a value. */
	while (value_len > 0 &&
	       (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;
	return read_known(f, name, name_len, value, value_len);
}

static bool
method_is(const char *method, const char *known)
{
	return strcmp(method, known) == 0;
}

enum camp_err
framing_finish(struct framing *f, const char *method, const char *version)
{
	bool newer = strcmp(version, "HTTP/1.0") != 0;

	if (!is_token(method, strlen(method)))
		return refuse(f, CAMP_ERR_REQUEST, "The method is malformed");
	if (newer && f->n_hosts == 0)
		return refuse(f, CAMP_ERR_REQUEST, "The Host header is missing");
	if (f->n_encodings > 0 && f->n_lengths > 0)
		return refuse(f, CAMP_ERR_REQUEST,
			      "Content-Length and Transfer-Encoding exclude each other");
	if (f->n_encodings > 0 && !newer)
		return refuse(f, CAMP_ERR_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
	if ((method_is(method, "POST") || method_is(method, "PUT") ||
	     method_is(method, "PATCH")) &&
	    f->n_encodings == 0 && f->n_lengths == 0)
		return refuse(f, CAMP_ERR_LENGTH_REQUIRED, NULL);
	return CAMP_OK;
}

/*
 * libmicrohttpd 0.9.75 cuts a value at a NUL byte and hides the rest, joins folded lines
 * and accepts bare line feeds. It parses in place, though, turning CR LF into two NULs:
 * headers of an ordinary request lie one after the other with exactly those two bytes
 * between them, and anything else shows as another distance. Later versions check for
 * themselves and may lay things out differently.
 */
#define LINE_END_LEN 2

static bool
parses_in_place(void)
{
	return strncmp(MHD_get_version(), "0.9.75", 6) == 0;
}

/* Where the empty line ends, counted from the first byte of the method. */
static const char *
head_end(struct MHD_Connection *connection, const char *method)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection,
					MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info == NULL ? NULL : method + info->header_size;
}

bool
framing_uri_is_whole(const char *uri, size_t uri_len, const char *version)
{
	return !parses_in_place() || uri + uri_len + 1 == version;
}

struct walk {
	struct framing *f;
	enum camp_err err;
	bool in_place;
	const char *previous_end;
};

static enum MHD_Result
on_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
	  const char *value, size_t value_len)
{
	struct walk *w = arg;

	(void)kind;
	if (value == NULL)
		value = "";
	if (w->in_place && name != w->previous_end + LINE_END_LEN)
		w->err = refuse(w->f, CAMP_ERR_REQUEST,
				"A header line is folded, holds a NUL or ends without CR "
				"LF");
	else
		w->err = framing_header(w->f, name, name_len, value, value_len);
	w->previous_end = value + value_len;
	return w->err == CAMP_OK ? MHD_YES : MHD_NO;
}

enum camp_err
framing_check(struct framing *out, struct MHD_Connection *connection, const char *method,
	      const char *version)
{
	struct walk w = {.f = out, .in_place = parses_in_place()};

	framing_init(out);
	w.previous_end = version + strlen(version);
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &w);
	if (w.err != CAMP_OK)
		return w.err;
	/* After the last header comes the empty line, and there the head ends. */
	if (w.in_place &&
	    w.previous_end + 2 * LINE_END_LEN != head_end(connection, method))
		return refuse(out, CAMP_ERR_REQUEST,
			      "A header line holds a NUL or ends without CR LF");
	return framing_finish(out, method, version);
}
