/** Starts the page of models. */
import { render } from "preact";
import "../styles/base.css";
import "../styles/figures.css";
import "../styles/cohort.css";
import "../styles/models.css";
import { keptLanguage, startLanguage } from "../i18n/page_language";
import { Models } from "./models";

const root = document.getElementById("app");
if (root !== null) void startLanguage(keptLanguage()).then((first) => render(<Models first={first} />, root));
