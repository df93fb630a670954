/*
 * What the voices of the babble say: plain sentences without numbers, made up for this.
 * Sixteen voices at once make them a murmur of the language that nobody can follow.
 */
export const sentences = {
	en: [
		"The bakery by the river opens before the sun comes up.",
		"My sister keeps her old letters in a wooden box.",
		"We walked home slowly because the evening was warm.",
		"He forgot his umbrella on the bus and laughed about it.",
		"The children painted the garden wall green and blue.",
	],
	"zh-Hans": [
		"河边的面包店天还没亮就开门了。",
		"姐姐把旧信都放在木盒子里。",
		"傍晚很暖和，我们慢慢走回家。",
		"他把雨伞忘在公共汽车上，自己也笑了。",
		"孩子们把花园的墙刷成了绿色和蓝色。",
	],
	es: [
		"La panadería del río abre antes de que salga el sol.",
		"Mi hermana guarda sus cartas viejas en una caja de madera.",
		"Volvimos a casa despacio porque la tarde era cálida.",
		"Se olvidó el paraguas en el autobús y se rió de ello.",
		"Los niños pintaron la pared del jardín de verde y azul.",
	],
	ar: [
		"يفتح المخبز القريب من النهر قبل أن تشرق الشمس.",
		"تحتفظ أختي برسائلها القديمة في صندوق خشبي.",
		"عدنا إلى البيت ببطء لأن المساء كان دافئا.",
		"نسي مظلته في الحافلة وضحك من نفسه.",
		"لوّن الأطفال جدار الحديقة بالأخضر والأزرق.",
	],
};
