// The style sheets, as constructed sheets: a strict policy allows these and no style attribute.

import { css, unsafeCSS } from 'lit';
import base from './styles/base.css';
import controls from './styles/controls.css';
import list from './styles/list.css';
import panel from './styles/panel.css';
import report from './styles/report.css';
import statistics from './styles/statistics.css';
import toolbar from './styles/toolbar.css';

export const styles = [base, controls, toolbar, statistics, list, panel, report].map(
  (text) => css`
    ${unsafeCSS(text)}
  `,
);
