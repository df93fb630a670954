import { LANGUAGES, type Language, useText } from "./messages";

export function LanguageSwitch({ onChange }: { onChange: (l: Language) => void }) {
	const { language, t } = useText();
	return (
		<div class="languages" role="group" aria-label={t("language")}>
			{LANGUAGES.map((l) => (
				<button
					type="button"
					key={l.code}
					lang={l.code}
					aria-pressed={l.code === language}
					onClick={() => onChange(l.code)}
				>
					{l.name}
				</button>
			))}
		</div>
	);
}
