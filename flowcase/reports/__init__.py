"""Reports: figures of cases; `survey` counts them, the rest tells of them."""
