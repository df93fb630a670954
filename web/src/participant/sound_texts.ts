/**
 * The words of the pages about sound. They come with those pages and not with the first
 * load, so they are no part of the catalogues; the type demands every language.
 */
import { localeOf } from "../i18n/messages";

type Spoken = Readonly<Record<"en" | "zh-Hans" | "es" | "ar", string>>;

const texts = {
	loading: {
		en: "Loading the sounds…",
		"zh-Hans": "正在加载声音…",
		es: "Cargando los sonidos…",
		ar: "جارٍ تحميل الأصوات…",
	},
	failed: {
		en: "The sounds could not be loaded. Check the connection and try again.",
		"zh-Hans": "声音加载失败。请检查网络连接后重试。",
		es: "No se han podido cargar los sonidos. Comprueba la conexión e inténtalo de nuevo.",
		ar: "تعذّر تحميل الأصوات. تحقّق من الاتصال ثم أعد المحاولة.",
	},
	blocked: {
		en: "The browser does not let this page play sound yet. Press “Play a sample” again; if it stays silent, check that the device is not muted and that a speaker or headphones are connected.",
		"zh-Hans": "浏览器尚未允许本页播放声音。请再按一次“播放示例”；如果仍然没有声音，请检查设备是否静音，以及是否已连接扬声器或耳机。",
		es: "El navegador aún no deja sonar a esta página. Pulsa otra vez «Escuchar una muestra»; si sigue sin oírse nada, comprueba que el dispositivo no esté silenciado y que haya altavoz o auriculares conectados.",
		ar: "لا يسمح المتصفح لهذه الصفحة بتشغيل الصوت بعد. اضغط «تشغيل عيّنة» مرة أخرى؛ وإن بقي الصمت فتأكد من أن الجهاز ليس في الوضع الصامت وأن مكبر الصوت أو السماعات موصولة.",
	},
	again: { en: "Try again", "zh-Hans": "重试", es: "Intentar de nuevo", ar: "إعادة المحاولة" },
	level_title: { en: "Set the volume", "zh-Hans": "调节音量", es: "Ajusta el volumen", ar: "اضبط مستوى الصوت" },
	level_text: {
		en: "This task is heard. Find a quiet place, start with a low volume, play the sample, and turn the volume up until it is clear and comfortable. Leave it there until the end.",
		"zh-Hans": "本任务需要用耳朵听。请找一个安静的地方，先把音量调低，播放示例，再慢慢调高，直到听得清楚且舒适。之后请保持音量不变，直到结束。",
		es: "Esta tarea se escucha. Busca un lugar tranquilo, empieza con el volumen bajo, escucha la muestra y súbelo hasta oírla con claridad y comodidad. Después no lo cambies hasta el final.",
		ar: "هذه المهمة تعتمد على السمع. اختر مكانًا هادئًا وابدأ بصوت منخفض، ثم شغّل العيّنة وارفع الصوت حتى يصبح واضحًا ومريحًا. بعد ذلك لا تغيّره حتى النهاية.",
	},
	level_headphones: {
		en: "Use headphones or earphones if you can, with a cable if you have one. Wireless ones play later than the device knows.",
		"zh-Hans": "请尽量使用耳机，最好是有线耳机。无线耳机发声较晚，而设备并不知道晚了多少。",
		es: "Usa auriculares si puedes, a ser posible con cable. Los inalámbricos suenan más tarde de lo que el dispositivo sabe.",
		ar: "استخدم سماعات الرأس أو الأذن إن أمكن، ويفضَّل أن تكون سلكية؛ فاللاسلكية تُخرج الصوت متأخرًا عمّا يعرفه الجهاز.",
	},
	level_latency: {
		en: "A cable or the device's own speaker is best: wireless headphones play later than the device knows, which lengthens measured times.",
		"zh-Hans": "最好使用有线耳机或设备自带的扬声器：无线耳机发声较晚，而设备并不知道晚了多少，这会使测得的时间偏长。",
		es: "Lo mejor es un cable o el altavoz del propio dispositivo: los auriculares inalámbricos suenan más tarde de lo que el dispositivo sabe, y eso alarga los tiempos medidos.",
		ar: "الأفضل سماعات سلكية أو مكبر الصوت في الجهاز نفسه: فالسماعات اللاسلكية تُخرج الصوت متأخرًا عمّا يعرفه الجهاز، مما يطيل الأزمنة المقيسة.",
	},
	sample: { en: "Play a sample", "zh-Hans": "播放示例", es: "Escuchar una muestra", ar: "تشغيل عيّنة" },
	heard: { en: "I hear it well", "zh-Hans": "我听得很清楚", es: "Lo oigo bien", ar: "أسمعه جيدًا" },
	leave: { en: "Leave for now", "zh-Hans": "暂时离开", es: "Dejarlo por ahora", ar: "المغادرة الآن" },
	headphones_title: {
		en: "Are your headphones on?",
		"zh-Hans": "戴好耳机了吗？",
		es: "¿Llevas puestos los auriculares?",
		ar: "هل وضعت السماعات؟",
	},
	headphones_text: {
		en: "A short check: you hear three tones, one after another. Choose the quietest. There are six rounds.",
		"zh-Hans": "一个简短的检查：您会依次听到三个声音，请选出最轻的一个。共六轮。",
		es: "Una breve comprobación: oirás tres tonos seguidos. Elige el más débil. Son seis rondas.",
		ar: "فحص قصير: ستسمع ثلاث نغمات متتالية. اختر أخفتها. عدد الجولات ست.",
	},
	headphones_start: { en: "Start the check", "zh-Hans": "开始检查", es: "Empezar la comprobación", ar: "بدء الفحص" },
	headphones_none: {
		en: "I have no headphones",
		"zh-Hans": "我没有耳机",
		es: "No tengo auriculares",
		ar: "ليس لدي سماعات",
	},
	round: { en: "Round {i} of {n}", "zh-Hans": "第 {i} 轮，共 {n} 轮", es: "Ronda {i} de {n}", ar: "الجولة {i} من {n}" },
	listen: { en: "Listen…", "zh-Hans": "请听…", es: "Escucha…", ar: "استمع…" },
	quietest: {
		en: "Which tone was the quietest?",
		"zh-Hans": "哪一个声音最轻？",
		es: "¿Qué tono era el más débil?",
		ar: "أي النغمات كانت الأخفت؟",
	},
	tone: { en: "Tone {i}", "zh-Hans": "第 {i} 个", es: "Tono {i}", ar: "النغمة {i}" },
	next_round: { en: "Play the next three", "zh-Hans": "播放下面三个", es: "Escuchar los tres siguientes", ar: "تشغيل الثلاث التالية" },
	passed_title: { en: "Thank you", "zh-Hans": "谢谢", es: "Gracias", ar: "شكرًا لك" },
	passed_text: {
		en: "The headphones work as they should. Please leave the volume as it is.",
		"zh-Hans": "耳机工作正常。请保持音量不变。",
		es: "Los auriculares funcionan como deben. Por favor, no cambies el volumen.",
		ar: "السماعات تعمل كما ينبغي. يُرجى ترك مستوى الصوت كما هو.",
	},
	not_passed_title: {
		en: "Perhaps these are loudspeakers",
		"zh-Hans": "可能用的是扬声器",
		es: "Quizá sean altavoces",
		ar: "ربما يصدر الصوت من مكبر",
	},
	not_passed_text: {
		en: "The check asks for five right answers of six; there were {n}. That happens with loudspeakers, with one earphone, or in a noisy room. You may try again or go on; it is noted with the result, which is then less exact.",
		"zh-Hans": "检查要求六轮中答对五轮，这次答对 {n} 轮。使用扬声器、只戴一只耳机或环境嘈杂时常会如此。您可以重试，也可以继续；此情况会随结果一并记录，结果的精确度会降低。",
		es: "La comprobación pide cinco aciertos de seis; ha habido {n}. Ocurre con altavoces, con un solo auricular o en un lugar ruidoso. Puedes intentarlo de nuevo o seguir; quedará anotado junto al resultado, que será menos exacto.",
		ar: "يتطلب الفحص خمس إجابات صحيحة من ست، وكان عددها {n}. يحدث ذلك مع مكبرات الصوت أو بسماعة أذن واحدة أو في مكان صاخب. يمكنك إعادة المحاولة أو المتابعة؛ وسيُسجَّل ذلك مع النتيجة التي تصبح أقل دقة.",
	},
	go_on: { en: "Go on", "zh-Hans": "继续", es: "Seguir", ar: "متابعة" },
	lost_title: { en: "The sound stopped", "zh-Hans": "声音中断了", es: "El sonido se ha detenido", ar: "توقف الصوت" },
	lost_text: {
		en: "Perhaps headphones were unplugged, or a call came in. Connect them again and go on: what was not heard is played once more, and nothing is lost.",
		"zh-Hans": "可能是耳机被拔出，或有来电。请重新连接后继续：没有听到的部分会重新播放，数据不会丢失。",
		es: "Quizá se desconectaron los auriculares o entró una llamada. Conéctalos de nuevo y sigue: lo que no se oyó se repetirá y no se pierde nada.",
		ar: "ربما فُصلت السماعات أو وردت مكالمة. أعد توصيلها ثم تابع: ما لم يُسمع سيُعاد تشغيله ولن يضيع شيء.",
	},
	note_known: {
		en: "Times are counted from the moment at which the sound leaves the device, as the browser tells it. What comes after, as in wireless headphones, is part of them: compare times of one device only.",
		"zh-Hans": "时间从浏览器所报告的声音离开设备的时刻算起。此后的延迟（例如无线耳机）包含在内：只宜比较同一设备的时间。",
		es: "Los tiempos se cuentan desde que el sonido sale del dispositivo, según indica el navegador. Lo que viene después, como en los auriculares inalámbricos, forma parte de ellos: compara solo tiempos del mismo dispositivo.",
		ar: "تُحسب الأزمنة من لحظة خروج الصوت من الجهاز كما يبلّغ المتصفح. وما بعد ذلك، كما في السماعات اللاسلكية، جزء منها: قارن أزمنة الجهاز نفسه فقط.",
	},
	note_unknown: {
		en: "This browser does not tell how long sound takes to be heard. Times contain that delay, often 10 to 300 ms: compare times of one device only.",
		"zh-Hans": "此浏览器没有报告声音需要多久才能被听到。时间中包含这一延迟，通常为 10 至 300 毫秒：只宜比较同一设备的时间。",
		es: "Este navegador no indica cuánto tarda el sonido en oírse. Los tiempos contienen esa demora, a menudo de 10 a 300 ms: compara solo tiempos del mismo dispositivo.",
		ar: "لا يبلّغ هذا المتصفح كم يستغرق الصوت حتى يُسمع. تتضمن الأزمنة هذا التأخر، وهو غالبًا من 10 إلى 300 ملي ثانية: قارن أزمنة الجهاز نفسه فقط.",
	},
	note_headphones: {
		en: "This was heard without headphones, or their check was not passed: the result is less exact and better compared with others heard in the same way.",
		"zh-Hans": "本次未使用耳机或未通过耳机检查：结果精确度较低，只宜与以相同方式聆听的结果比较。",
		es: "Se escuchó sin auriculares o no se superó su comprobación: el resultado es menos exacto y conviene compararlo con otros escuchados del mismo modo.",
		ar: "جرى الاستماع بلا سماعات أو لم يُجتز فحصها: النتيجة أقل دقة، والأفضل مقارنتها بنتائج سُمعت بالطريقة نفسها.",
	},
} as const satisfies Record<string, Spoken>;

export type SoundText = keyof typeof texts;

export function soundText(language: string, key: SoundText, values: Readonly<Record<string, number>> = {}): string {
	const all: Spoken = texts[key];
	const text = all[language as keyof Spoken] ?? all.en;
	return text.replace(/\{(\w+)\}/g, (_, name: string) => new Intl.NumberFormat(localeOf(language)).format(values[name] ?? 0));
}
