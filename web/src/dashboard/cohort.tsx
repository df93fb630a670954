export function Cohort() {
	return <main />;
}
