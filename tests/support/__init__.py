"""What several suites need: engines for the table, a clock moved by hand, and a fake of Alipay at the port."""
