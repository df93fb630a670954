/** Trainings on the server: a form, a list, and the curve of one. */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, newKey } from "../api/client";
import type { ModelRun, ModelRunRequest } from "../api/types";
import { LineFigure } from "../figures/line_figure";
import { withMinus } from "../figures/format";
import { niceAxis } from "../figures/scale";
import { localeOf, useText } from "../i18n/messages";
import { curveOf, lastStep, type Measure, type Point } from "./curves";

interface Props {
	runs: readonly ModelRun[];
	token: string;
	onChange: () => void;
}

export function Runs({ runs, token, onChange }: Props) {
	const { t } = useText();
	const [chosen, setChosen] = useState<string | null>(null);
	/* Until one is chosen, the newest that says something. */
	const shown = runs.find((r) => r.id === chosen) ?? runs.find((r) => r.started_at !== null);
	return (
		<>
			<section class="panel-card">
				<h2>{t("models.runs")}</h2>
				{runs.length === 0 ? (
					<p class="subtle">{t("models.no_runs")}</p>
				) : (
					<>
						{shown !== undefined && <Curves run={shown} token={token} />}
						<List runs={runs} token={token} shown={shown?.id} onShow={setChosen} onChange={onChange} />
					</>
				)}
			</section>
			<Train token={token} onStarted={(run) => {
				setChosen(run.id);
				onChange();
			}} />
		</>
	);
}

function stateOf(run: ModelRun) {
	return run.state === "running" && run.cancel_requested ? "stopping" : run.state;
}

interface ListProps extends Props {
	shown: string | undefined;
	onShow: (id: string) => void;
}

function List({ runs, token, shown, onShow, onChange }: ListProps) {
	const { language, t } = useText();
	const when = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" });
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={t("models.runs")}>
			<table>
				<thead>
					<tr>
						<th scope="col">{t("models.run")}</th>
						<th scope="col">{t("models.encoder")}</th>
						<th scope="col">{t("models.state")}</th>
						<th scope="col">{t("models.progress")}</th>
						<th scope="col">
							<span class="only-heard">{t("models.curve")}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{runs.map((r) => (
						<tr key={r.id} data-run={r.state} class={r.id === shown ? "chosen" : ""}>
							<th scope="row">{when.format(new Date(r.started_at ?? r.created_at))}</th>
							<td>{String(r.config["encoder"] ?? "")}</td>
							<td>
								{t(`models.run.${stateOf(r)}`)}
								{r.error !== null && <span class="subtle run-error">{r.error}</span>}
							</td>
							<td>
								<Progress run={r} />
							</td>
							<td class="actions">
								<button type="button" class="button small" aria-pressed={r.id === shown} onClick={() => onShow(r.id)}>
									{t("models.curve")}
								</button>
								{(r.state === "queued" || r.state === "running") && !r.cancel_requested && (
									<button
										type="button"
										class="button small"
										onClick={() => void api.cancelRun(r.id, token).then(onChange, onChange)}
									>
										{t("models.cancel")}
									</button>
								)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Progress({ run }: { run: ModelRun }) {
	const { t } = useText();
	const { step, steps, seconds_left } = run.progress;
	if (typeof step !== "number" || typeof steps !== "number") return <>–</>;
	return (
		<div class="run-progress">
			<progress max={steps} value={step} aria-hidden="true" />
			<span>
				{t("models.step_of", { step, steps })}
				{run.state === "running" && typeof seconds_left === "number" && ` · ${t("models.left", { s: Math.round(seconds_left) })}`}
			</span>
		</div>
	);
}

/** The run with its metrics, asked for whenever the list says that it moved. */
function useRun(run: ModelRun, token: string): ModelRun | null {
	const [full, setFull] = useState<ModelRun | null>(null);
	useEffect(() => {
		let gone = false;
		api.modelRun(run.id, token).then(
			(r) => void (gone || setFull(r)),
			() => undefined,
		);
		return () => {
			gone = true;
		};
	}, [run.id, run.state, run.progress.step, token]);
	return full?.id === run.id ? full : null;
}

function Curves({ run, token }: { run: ModelRun; token: string }) {
	const { t } = useText();
	const full = useRun(run, token);
	const rows = full?.metrics ?? [];
	const measures: Measure[] = ["nll_correct", "nll_rt"];
	const any = measures.some((m) => curveOf(rows, m, false).length + curveOf(rows, m, true).length > 0);
	return (
		<figure class="curves" data-points={rows.length}>
			{!any ? (
				<p class="subtle">{t("models.no_curve")}</p>
			) : (
				<>
					<div class="curve-pair">
						{measures.map((m) => (
							<Curve key={m} rows={rows} measure={m} />
						))}
					</div>
					<figcaption class="subtle">{t("models.nll_figure")}</figcaption>
				</>
			)}
		</figure>
	);
}

function Curve({ rows, measure }: { rows: NonNullable<ModelRun["metrics"]>; measure: Measure }) {
	const { language, t } = useText();
	const main = curveOf(rows, measure, false);
	const linear = curveOf(rows, measure, true);
	if (main.length + linear.length === 0) return null;
	const number = new Intl.NumberFormat(localeOf(language), { maximumSignificantDigits: 4 });
	const best = main.length > 0 ? main : linear;
	const last = lastStep([best]);
	/* Once the encoder trains on top of it, the baseline is a line to be crossed. */
	const floor = Math.min(...linear.map((p) => p[1]));
	const baseline: Point[] = main.length === 0 || linear.length === 0 ? linear : [[0, floor], [last, floor]];
	const ys = [...main, ...baseline].map((p) => p[1]);
	const name = t(`models.${measure}`);
	return (
		<div>
			<h3>{name}</h3>
			<LineFigure
				lines={[
					{ name: "linear", kind: "second", points: baseline },
					{ name: "main", kind: "main", points: main },
				]}
				x={{ ...niceAxis(0, last, 4), high: last, ticks: niceAxis(0, last, 4).ticks.filter((v) => v <= last) }}
				y={niceAxis(Math.min(...ys), Math.max(...ys), 3)}
				xTick={(v) => new Intl.NumberFormat(localeOf(language)).format(v)}
				yTick={(v) => withMinus(new Intl.NumberFormat(localeOf(language), { maximumSignificantDigits: 7 }).format(v))}
				label={t("models.nll_heard", {
					name,
					first: number.format((best[0] as [number, number])[1]),
					last: number.format((best[best.length - 1] as [number, number])[1]),
					best: number.format(Math.min(...best.map((p) => p[1]))),
				})}
			/>
			<p class="unit" aria-hidden="true">
				{t("models.steps")}
			</p>
		</div>
	);
}

const ENCODERS = ["transformer", "gru", "cnn", "linear"] as const;

function Train({ token, onStarted }: { token: string; onStarted: (run: ModelRun) => void }) {
	const { t } = useText();
	const [body, setBody] = useState<ModelRunRequest>({ encoder: "transformer", steps: 450, seed: 1, components: 2, cohort: null });
	const [failure, setFailure] = useState("");
	/* One key for one wish: a lost answer asks for the same run again. */
	const key = useRef(newKey());
	const change = (more: Partial<ModelRunRequest>) => {
		key.current = newKey();
		setBody({ ...body, ...more });
	};
	const start = () => {
		api.startRun(token, key.current, body).then(
			(run) => {
				key.current = newKey();
				setFailure("");
				onStarted(run);
			},
			(err: unknown) => setFailure(err instanceof Error ? err.message : String(err)),
		);
	};
	return (
		<form
			class="panel-card train"
			onSubmit={(event) => {
				event.preventDefault();
				start();
			}}
		>
			<h2>{t("models.train")}</h2>
			<p class="subtle">{t("models.train_text")}</p>
			<div class="fields">
				<label>
					{t("models.encoder")}
					<select value={body.encoder} onChange={(e) => change({ encoder: e.currentTarget.value as (typeof ENCODERS)[number] })}>
						{ENCODERS.map((name) => (
							<option key={name} value={name}>
								{name}
							</option>
						))}
					</select>
				</label>
				<label>
					{t("models.steps")}
					<input type="number" min="1" max="100000" required value={body.steps} onChange={(e) => change({ steps: e.currentTarget.valueAsNumber })} />
				</label>
				<label>
					{t("models.seed")}
					<input type="number" min="0" max="4294967295" required value={body.seed} onChange={(e) => change({ seed: e.currentTarget.valueAsNumber })} />
				</label>
				<label>
					{t("models.cohort")}
					<input
						type="text"
						pattern="[A-Z0-9]{8}"
						maxLength={8}
						placeholder="–"
						value={body.cohort ?? ""}
						onChange={(e) => change({ cohort: e.currentTarget.value.trim() || null })}
					/>
				</label>
				<label class="check">
					<input type="checkbox" checked={body.components === 2} onChange={(e) => change({ components: e.currentTarget.checked ? 2 : 1 })} />
					{t("models.components")}
				</label>
			</div>
			<p class="row">
				<button type="submit" class="button main">
					{t("models.start")}
				</button>
			</p>
			<p class="notice bad" role="alert" hidden={failure === ""}>
				{failure}
			</p>
		</form>
	);
}
