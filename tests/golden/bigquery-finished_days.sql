SELECT
  `t1`.`data_date`
FROM (
  SELECT DISTINCT
    `t0`.`data_date`,
    `t0`.`namespace`
  FROM `my-project`.`searchconsole`.`ExportLog` AS `t0`
  WHERE
    `t0`.`namespace` = 'SEARCHDATA_URL_IMPRESSION'
) AS `t1`
ORDER BY
  `t1`.`data_date` ASC NULLS LAST
