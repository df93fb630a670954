/** A still example of the task's stimulus, drawn by the task itself. */
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../i18n/messages";
import { type Definition, parametersOf } from "../tasks/definition";
import { loadTask } from "../tasks/registry";
import type { Task } from "../tasks/task";

const WIDTH = 320;
const HEIGHT = 200;
/** Any fixed seed; the example is the first trial that suits. */
const SEED = 20;

export function Example({ definition, language, label }: { definition: Definition; language: Language; label: string }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	useEffect(() => {
		const element = canvas.current;
		const g = element?.getContext("2d");
		if (!element || !g) return;
		/* Where it cannot be loaded, playing says so. */
		loadTask(definition.name).then((task) => task && show(task, element, g), () => undefined);
	}, []);

	const show = (task: Task, element: HTMLCanvasElement, g: CanvasRenderingContext2D) => {
		const parameters = parametersOf(definition, {});
		const { practice, test, follow } = task.design(SEED, parameters, definition);
		const specs = [...test, ...practice];
		const spec = specs.find((s) => s.condition === task.exampleCondition) ?? specs[0] ?? follow?.next([], null);
		if (spec === null || spec === undefined) return;
		element.width = WIDTH * devicePixelRatio;
		element.height = HEIGHT * devicePixelRatio;
		task.draw(
			{
				definition,
				language,
				field: () => ({ side: HEIGHT, smaller: HEIGHT * 1.4 }),
				blank: () => {
					g.setTransform(1, 0, 0, 1, 0, 0);
					g.fillStyle = definition.stimuli.background;
					g.fillRect(0, 0, element.width, element.height);
					g.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, element.width / 2, element.height / 2);
					return g;
				},
			},
			spec.stimulus,
		);
	};
	return <canvas ref={canvas} class="example" role="img" aria-label={label} />;
}
