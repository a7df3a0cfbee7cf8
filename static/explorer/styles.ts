/* The style sheets of the explorer, in their order. */

import "../css/components/explorer.css";
import "../css/components/explorer-bar.css";
import "../css/components/explorer-menu.css";
import "../css/components/explorer-stage.css";
import "../css/components/explorer-panel.css";
import "../css/components/explorer-table.css";
import "../css/components/explorer-page.css";
