// A file of its own, because the oldest versions of Node cannot even parse import().
import('../dist/cli.js')
