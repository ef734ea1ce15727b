"""The style sheet of the pictures in a page: colors by theme, the grid that wraps, words of one size."""

from .colors import DARK, LIGHT

DASHES = {"solid": "", "dashed": "7 4", "dotted": "2 3", "dashdot": "7 3 2 3", "before": "14 5"}


def _variables(colors: dict[str, str]) -> str:
    return "{" + ";".join(f"--nbh-{name}:{color}" for name, color in colors.items()) + "}"


# JupyterLab says its theme on the body, VS Code in a class; other pages follow the system's.
THEMES = (
    f".nbh{_variables(LIGHT)}"
    f'[data-jp-theme-light="false"] .nbh,.vscode-dark .nbh{_variables(DARK)}'
    "@media (prefers-color-scheme:dark){body:not([data-jp-theme-light]):not(.vscode-light) .nbh"
    f"{_variables(DARK)}}}"
)

# Two classes before what is said of an svg, because JupyterLab says something else of all that stand in an output.
STYLE = THEMES + """
.nbh{container-type:inline-size;width:100%;max-width:1100px;overflow:auto hidden;background:var(--nbh-paper);
direction:ltr;color:var(--nbh-ink);font:12px/17px system-ui,sans-serif;forced-color-adjust:none}
.nbh *{box-sizing:border-box}
.nbh-grid{display:grid;gap:8px 16px;grid-template-columns:minmax(200px,1fr)}
.nbh-panel{display:flex;flex-direction:column;height:210px;min-width:0}
.nbh-tall{height:330px}
.nbh-1{grid-auto-rows:var(--row)}
.nbh-1 .nbh-panel{height:auto}
.nbh-head{display:flex;flex-wrap:wrap;gap:0 12px;min-height:17px}
.nbh-head span{white-space:nowrap}
.nbh .nbh-head svg{height:12px;vertical-align:-1px;margin-right:4px;overflow:visible}
.nbh-body{flex:1;min-height:0;padding:6px 17px 34px 40px}
.nbh-bare{padding:4px 8px}
.nbh-equal{container-type:size;display:grid;place-items:center;padding:2px}
.nbh .nbh-axes,.nbh .nbh-dot{overflow:visible}
.nbh .nbh-axes{display:block;width:100%;height:100%}
.nbh .nbh-equal>.nbh-axes{width:min(100cqw,100cqh*var(--ratio));height:min(100cqh,100cqw/var(--ratio))}
.nbh path{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.nbh text{dominant-baseline:central}
.nbh-halo{paint-order:stroke;stroke:var(--nbh-paper);stroke-width:3px;stroke-linejoin:round}
.nbh-cells{image-rendering:pixelated}
.nbh-frame{fill:none;stroke:var(--nbh-faint)}
.nbh-grid-line{stroke:var(--nbh-grid)}
.nbh-tick{fill:var(--nbh-soft);text-anchor:middle}
.nbh-up{text-anchor:end}
.nbh-label{fill:var(--nbh-ink);text-anchor:middle}
.nbh [data-set]{cursor:pointer}
@container (min-width:560px){
.nbh-2{grid-template-areas:var(--areas);grid-template-columns:repeat(2,minmax(0,1fr));grid-auto-rows:var(--row)}
.nbh-2 .nbh-panel{grid-area:var(--area);height:auto}
.nbh-3,.nbh-4{grid-template-columns:repeat(2,minmax(0,1fr));grid-auto-rows:200px}
:is(.nbh-3,.nbh-4) .nbh-panel{height:auto}
:is(.nbh-3,.nbh-4) .nbh-tall{grid-row:span 2}}
@container (min-width:780px){
.nbh-3{grid-template-areas:var(--areas);grid-template-columns:repeat(3,minmax(0,1fr));grid-auto-rows:var(--row)}
.nbh-3 .nbh-panel{grid-area:var(--area)}}
@container (min-width:1060px){
.nbh-4{grid-template-areas:var(--areas);grid-template-columns:repeat(var(--columns),minmax(0,1fr));
grid-auto-rows:var(--row)}
.nbh-4 .nbh-panel{grid-area:var(--area)}}
""".replace("\n", "")
