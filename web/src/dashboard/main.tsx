/** Starts the cohort page. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "../styles/base.css";
import "../styles/figures.css";
import "../styles/cohort.css";
import { keptLanguage, startLanguage } from "../i18n/page_language";
import { Cohort } from "./cohort";

const root = document.getElementById("app");
if (root !== null) void startLanguage(keptLanguage()).then((first) => render(<Cohort first={first} />, root));
