#include "server/json_write.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

json_t *
json_write_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *
json_write_interval(double low, double high)
{
	if (!isfinite(low) || !isfinite(high))
		return json_null();
	return json_pack("[f, f]", low, high);
}

json_t *
json_write_uuid(const struct uuid *id)
{
	char text[UUID_TEXT_LEN + 1];

	uuid_format(id, text);
	return json_string(text);
}

json_t *
json_write_time(int64_t unix_ms)
{
	time_t seconds = (time_t)(unix_ms / 1000);
	char text[40];
	struct tm utc;

	if (unix_ms == 0)
		return json_null();
	gmtime_r(&seconds, &utc);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		 (utc.tm_year + 1900) % 10000, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
		 utc.tm_min, utc.tm_sec, (int)(unix_ms % 1000));
	return json_string(text);
}

json_t *
json_write_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *
json_write_texts(const char *const *texts, int n)
{
	json_t *array = json_array();

	for (int i = 0; i < n && array; i++)
		json_array_append_new(array, json_string(texts[i]));
	return array;
}
