/** Starts the cohort page. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "../styles/base.css";
import "../styles/figures.css";
import "../styles/cohort.css";
import { Cohort } from "./cohort";

const root = document.getElementById("app");
if (root !== null) render(<Cohort />, root);
