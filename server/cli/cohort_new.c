#include "server/cli/cohort_new.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSENT_BYTES_MAX 65536

static const char consent_en[] =
	"You will do short attention tasks. For every trial this server stores what was "
	"shown, "
	"what you answered and how fast, together with a random number in place of your "
	"name, the "
	"language of the page, an age band if you give one, and facts about the device's "
	"screen "
	"and timing. It stores no name, no address and no IP address.\n\n"
	"Those who run this server and their researchers can read these data. The page "
	"of your "
	"group shows figures of ten or more people together, never yours alone.\n\n"
	"The results describe how the tasks went. They are not a diagnosis.\n\n"
	"Taking part is voluntary. You may stop at any time by closing the page. To have "
	"your "
	"data deleted, ask the person who gave you the link.";

static const char consent_zh[] =
	"您将完成一些简短的注意力任务。对于每个试次，本服务器会保存所呈现的内容、您的回答"
	"和反应时间，"
	"并以随机编号代替您的姓名；还会保存页面语言、您自愿填写的年龄段，以及设备屏幕和计"
	"时的信息。"
	"不保存姓名、地址或 IP 地址。\n\n"
	"本服务器的运营者及其研究人员可以查看这些数据。小组页面只显示十人或更多人的汇总数"
	"字，"
	"绝不单独显示您的结果。\n\n"
	"结果只反映任务的完成情况，不是诊断。\n\n"
	"参与完全自愿。您可以随时关闭页面退出。如需删除您的数据，请联系给您链接的人。";

static const char consent_es[] =
	"Vas a hacer tareas breves de atención. De cada ensayo, este "
	"servidor guarda qué se mostró, qué respondiste y con qué "
	"rapidez, junto con un número al azar en lugar de tu nombre, "
	"el idioma de la página, un grupo de edad si lo indicas y "
	"datos sobre la pantalla y los tiempos del dispositivo. No "
	"guarda nombres, direcciones ni direcciones IP.\n\n"
	"Quienes gestionan este servidor y sus investigadores pueden "
	"leer estos datos. La página de tu grupo muestra cifras de "
	"diez o más personas juntas, nunca las tuyas por "
	"separado.\n\n"
	"Los resultados describen cómo han ido las tareas. No son un "
	"diagnóstico.\n\n"
	"La participación es voluntaria. Puedes dejarlo en cualquier "
	"momento cerrando la página. Para que se borren tus datos, "
	"pídeselo a la persona que te dio el enlace.";

static const char consent_ar[] =
	"ستؤدي مهامّ قصيرة في الانتباه. يحفظ هذا الخادم عن كل محاولة "
	"ما عُرض عليك وما أجبت به وسرعة إجابتك، مع رقم عشوائي بدلًا "
	"من اسمك، ولغة الصفحة، وفئتك العمرية إن ذكرتها، ومعلومات عن "
	"شاشة الجهاز وتوقيته. ولا يحفظ اسمًا ولا عنوانًا ولا عنوان "
	"IP.\n\n"
	"يستطيع القائمون على هذا الخادم وباحثوهم الاطلاع على هذه "
	"البيانات. وتعرض صفحة مجموعتك أرقامًا لعشرة أشخاص أو أكثر "
	"معًا، ولا تعرض أرقامك وحدك أبدًا.\n\n"
	"تصف النتائج كيف سارت المهام، وهي ليست تشخيصًا.\n\n"
	"المشاركة طوعية. ويمكنك التوقف في أي وقت بإغلاق الصفحة. ولحذف "
	"بياناتك اطلب ذلك ممن أعطاك الرابط.";

static const char demo_en[] =
	"This is a demonstration: the other people in this group are simulated.\n\n";
static const char demo_zh[] = "这是演示：本小组的其他成员均为模拟数据。\n\n";

static const char demo_es[] =
	"Esto es una demostración: las demás personas de este grupo son simuladas.\n\n";
static const char demo_ar[] =
	"هذا عرض تجريبي: الأشخاص الآخرون في هذه المجموعة تمت محاكاتهم.\n\n";

void
join_code_make(char out[JOIN_CODE_LEN + 1])
{
	static const char letters[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

	for (int i = 0; i < JOIN_CODE_LEN; i++)
		out[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	out[JOIN_CODE_LEN] = '\0';
}

void
read_token_make(char out[READ_TOKEN_LEN + 1])
{
	unsigned char secret[32];

	randombytes_buf(secret, sizeof(secret));
	sodium_bin2base64(out, READ_TOKEN_LEN + 1, secret, sizeof(secret),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof(secret));
}

void
read_token_hash(const char *token, uint8_t out[TOKEN_HASH_BYTES])
{
	crypto_generichash(out, TOKEN_HASH_BYTES, (const unsigned char *)token,
			   strlen(token), NULL, 0);
}

char *
consent_text_standard(bool demo)
{
	json_t *text = json_pack("{s:s+, s:s+, s:s+, s:s+}", "en", demo ? demo_en : "",
				 consent_en, "zh-Hans", demo ? demo_zh : "", consent_zh,
				 "es", demo ? demo_es : "", consent_es, "ar",
				 demo ? demo_ar : "", consent_ar);
	char *out = text ? json_dumps(text, JSON_COMPACT) : NULL;

	json_decref(text);
	return out;
}

/* NULL when it is a set of consent texts, else what is wrong with it. */
static const char *
consent_refusal(const json_t *text)
{
	const char *language;
	json_t *value;

	if (!json_is_object(text))
		return "must hold an object of texts by language";
	if (!json_object_get(text, "en"))
		return "must hold an \"en\" text";
	json_object_foreach((json_t *)text, language, value)
	{
		size_t n = strlen(language);

		if (n < 2 || n > 35)
			return "has a member that is no language tag";
		if (!json_is_string(value) || json_string_length(value) == 0)
			return "has a member that is no text";
	}
	return NULL;
}

enum camp_err
consent_text_load(char **out, const char *path, char *why, size_t why_size)
{
	json_error_t error;
	json_t *text = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	const char *refusal;

	*out = NULL;
	if (!text) {
		snprintf(why, why_size, "\"%s\", line %d: %s", path, error.line,
			 error.text);
		return CAMP_ERR_INVALID;
	}
	refusal = consent_refusal(text);
	if (!refusal) {
		*out = json_dumps(text, JSON_COMPACT);
		if (!*out || strlen(*out) > CONSENT_BYTES_MAX)
			refusal = "is longer than 64 KiB";
	}
	json_decref(text);
	if (!refusal)
		return CAMP_OK;
	free(*out);
	*out = NULL;
	snprintf(why, why_size, "\"%s\" %s", path, refusal);
	return CAMP_ERR_INVALID;
}

bool
demo_links_write(struct demo_links *links, const char *base_url)
{
	char id[UUID_TEXT_LEN + 1];
	int join, cohort;

	uuid_format(&links->cohort_id, id);
	join = snprintf(links->join_url, LINK_SIZE, "%s/join/%s", base_url,
			links->join_code);
	cohort = snprintf(links->cohort_url, LINK_SIZE, "%s/cohort/%s#%s", base_url, id,
			  links->read_token);
	return join < LINK_SIZE && cohort < LINK_SIZE;
}

char *
demo_links_json(const struct demo_links *links)
{
	char id[UUID_TEXT_LEN + 1], *text;
	json_t *object;

	uuid_format(&links->cohort_id, id);
	object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "join_code", links->join_code,
			   "cohort_id", id, "read_token", links->read_token, "join_url",
			   links->join_url, "cohort_url", links->cohort_url);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	return text;
}
